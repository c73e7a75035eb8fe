import { writeFile } from "node:fs/promises";
import { toCsv, toGamelist, toPlaylist, type ListedEntry } from "../../catalog/index.ts";
import { describeError } from "../../shared/index.ts";
import { CommandFailure, exitCodes } from "../exit-codes.ts";
import type { DeclareCommand } from "./declare-command.ts";
import { addFilter, findEntries, type FilterOptions } from "./list.ts";

interface ExportOptions extends FilterOptions {
  readonly to: string;
  readonly folder?: string;
}

export function addExportCommand(declare: DeclareCommand): void {
  addFilter(
    declare(
      "export",
      "Writes what is hostable as a list for players: RetroArch's, EmulationStation's, or CSV.",
    ),
  )
    .requiredOption(
      "--to <file>",
      "a RetroArch playlist (.lpl), a gamelist.xml (.xml) or a .csv; by its ending",
    )
    .option("--folder <path>", "where players keep the files")
    .action(exportGames);
}

async function exportGames(words: string[], options: ExportOptions): Promise<void> {
  const write = writerFor(options.to);
  const entries = await findEntries(words, { state: "hostable", ...options });
  try {
    await writeFile(options.to, write(entries, { folder: options.folder }));
  } catch (error) {
    throw new CommandFailure(exitCodes.failed, `The list cannot be written: ${describeError(error)}`);
  }
  console.error(`${entries.length} games written to ${options.to}`);
}

function writerFor(
  file: string,
): (entries: readonly ListedEntry[], options: { folder?: string | undefined }) => string {
  const extension = /\.([^./]+)$/.exec(file)?.[1]?.toLowerCase();
  switch (extension) {
    case "lpl":
      return toPlaylist;
    case "xml":
      return toGamelist;
    case "csv":
      return toCsv;
    default:
      throw new CommandFailure(
        exitCodes.usage,
        `${file}: expected a name that ends with .lpl, .xml or .csv.`,
      );
  }
}
