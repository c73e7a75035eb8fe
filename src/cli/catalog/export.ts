import { writeFile } from "node:fs/promises";
import { Option } from "commander";
import { toCsv, toGamelist, toPlaylist, type ListedEntry, type SharePlace } from "../../catalog/index.ts";
import { describeError } from "../../shared/index.ts";
import { CommandFailure, exitCodes } from "../exit-codes.ts";
import { complain } from "../output.ts";
import { addFilter, findEntries, type FilterOptions } from "./list.ts";
import type { DeclareCommand } from "./with-catalog.ts";

interface ExportOptions extends FilterOptions {
  readonly to: string;
  readonly folder?: string;
  readonly here?: true;
}

type Writer = (entries: readonly ListedEntry[], place: SharePlace) => string;

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
    .option("--folder <path>", "where players keep the files, as their machine names it")
    .addOption(
      new Option("--here", "for players on this machine: the files where they are").conflicts("folder"),
    )
    .action(exportGames);
}

async function exportGames(words: string[], options: ExportOptions): Promise<void> {
  const write = writerFor(options.to);
  const place = placeOf(options);
  const entries = await findEntries(words, { state: "hostable", ...options });
  try {
    await writeFile(options.to, write(entries, place));
  } catch (error) {
    throw new CommandFailure(exitCodes.failed, `The list cannot be written: ${describeError(error)}`);
  }
  complain(`${entries.length} games written to ${options.to}`);
  if (write === toPlaylist && place.kind === "unknown") {
    complain(
      "It has no paths: RetroArch shows the names and can load none of them. Say with --folder where players keep the files, or --here.",
    );
  }
}

function placeOf({ folder, here }: ExportOptions): SharePlace {
  if (folder !== undefined) {
    return { kind: "folder", folder };
  }
  return { kind: here ? "here" : "unknown" };
}

function writerFor(file: string): Writer {
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
