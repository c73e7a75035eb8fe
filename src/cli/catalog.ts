import path from "node:path";
import type { Command } from "commander";
import {
  contentArgument,
  openCatalog,
  printable,
  type Catalog,
  type CatalogEntry,
  type ScanReport,
} from "../catalog/index.ts";
import { CATALOG_FILE, type Config } from "../config.ts";
import { readCoreFacts } from "../installation/index.ts";
import { formatCrc32, type Result } from "../shared/index.ts";
import { CommandFailure, exitCodes } from "./exit-codes.ts";
import { loadConfig } from "./load-config.ts";
import { printJson } from "./output.ts";
import { createProgressBar } from "./progress-bar.ts";
import { formatTable } from "./table.ts";

interface CatalogOptions {
  readonly config?: string;
  readonly json?: true;
}

interface ScanCommandOptions extends CatalogOptions {
  readonly core?: string;
}

export function addCatalogCommand(program: Command): void {
  const catalog = program.command("catalog").summary("the games that the server may host");
  const command: CommandMaker = (name, description) =>
    catalog
      .command(name)
      .description(description)
      .option("--config <file>", "configuration (default: cores.yaml)")
      .option("--json", "print JSON");

  command("add", "Adds content files.")
    .argument("<file...>", "content files")
    .option("--core <name>", "the core that hosts them, whatever their folder and extension")
    .action((files: string[], options: ScanCommandOptions) => scan("add", files, options));

  command(
    "scan",
    "Brings the catalog up to date with folders, or with the cores' content folders when none is named.",
  )
    .argument("[dir...]", "folders")
    .option("--core <name>", "the core that hosts what is found there")
    .action((folders: string[], options: ScanCommandOptions) => scan("scan", folders, options));
  addReadingCommands(command);
}

type CommandMaker = (name: string, description: string) => Command;

function addReadingCommands(command: CommandMaker): void {
  command("list", "Lists the games.")
    .argument("[name...]", "fragments of the name; case and accents do not matter")
    .option("--core <name>", "only this core's")
    .action((words: string[], options: ScanCommandOptions) => {
      const filter = { name: words.join(" "), core: options.core };
      print(
        withCatalog(loadConfig(options.config), (opened) => opened.list(filter)),
        options,
      );
    });

  command("show", "Shows everything that is known of a game.")
    .argument("<id>", "the id that `catalog list` shows", parseId)
    .action((id: number, options: CatalogOptions) => {
      const entry = withCatalog(loadConfig(options.config), (opened) => opened.show(id));
      if (entry === undefined) {
        throw new CommandFailure(exitCodes.failed, noSuchEntry(id));
      }
      printEntry(entry, options);
    });

  command("remove", "Forgets games; their files stay.")
    .argument("<id...>", "ids that `catalog list` shows")
    .action((ids: string[], options: CatalogOptions) => {
      withCatalog(loadConfig(options.config), (opened) => {
        for (const id of ids.map(parseId)) {
          if (!opened.remove(id)) {
            throw new CommandFailure(exitCodes.failed, noSuchEntry(id));
          }
        }
      });
    });
}

async function scan(
  kind: "add" | "scan",
  named: readonly string[],
  options: ScanCommandOptions,
): Promise<void> {
  const config = loadConfig(options.config);
  const targets = named.length > 0 ? named : contentFolders(config, options.core);
  if (targets.length === 0) {
    throw new CommandFailure(
      exitCodes.usage,
      "Name a folder, or give the cores of the configuration a content folder.",
    );
  }
  const facts = await readCoreFacts(config);
  const interrupt = new AbortController();
  process.once("SIGINT", () => {
    interrupt.abort();
  });
  const bar = createProgressBar();
  const report = await withCatalog(config, async (opened) => {
    const { core } = options;
    const { signal } = interrupt;
    return opened[kind]({ targets, cores: config.cores, core, ...facts, signal, onProgress: bar.update });
  });
  bar.stop();
  printReport(report, options, kind);
}

function printReport(
  report: Result<ScanReport, string>,
  options: CatalogOptions,
  kind: "add" | "scan",
): void {
  if (!report.ok) {
    throw new CommandFailure(exitCodes.usage, report.reason);
  }
  const { skipped, interrupted, ...counts } = report.value;
  if (options.json) {
    printJson(report.value);
  } else {
    for (const { path: file, reason } of skipped) {
      console.error(`skipped ${printable(file)}: ${printable(reason)}`);
    }
    const told = Object.entries(counts).filter(([, count]) => count > 0);
    console.log(
      told.length === 0 ? "Nothing found." : told.map(([what, count]) => `${count} ${what}`).join(", "),
    );
  }
  if (interrupted) {
    throw new CommandFailure(
      exitCodes.failed,
      "Interrupted; what was read is kept, and the next scan goes on.",
    );
  }
  // A folder may hold anything, but a file that was named is meant.
  if (kind === "add" && skipped.length > 0) {
    process.exitCode = exitCodes.failed;
  }
}

function contentFolders(config: Config, core: string | undefined): string[] {
  const cores = config.cores.filter(
    (entry) => core === undefined || entry.name.toLowerCase() === core.toLowerCase(),
  );
  return [...new Set(cores.flatMap((entry) => entry.content))];
}

function withCatalog<T>(config: Config, use: (catalog: Catalog) => T): T {
  const opened = openCatalog(path.join(config.data, CATALOG_FILE));
  if (!opened.ok) {
    throw new CommandFailure(exitCodes.failed, opened.reason.message);
  }
  const close = (): void => {
    opened.value.close();
  };
  try {
    const result = use(opened.value);
    if (result instanceof Promise) {
      return result.finally(close) as T;
    }
    close();
    return result;
  } catch (error) {
    close();
    throw error;
  }
}

function print(entries: readonly CatalogEntry[], options: CatalogOptions): void {
  if (options.json) {
    printJson(entries.map(toJson));
    return;
  }
  const rows = entries.map((entry) => [
    String(entry.id),
    printable(entry.name),
    entry.core,
    formatCrc32(entry.crc),
    entry.missing ? "missing" : "",
  ]);
  console.log(rows.length === 0 ? "No games." : formatTable(["id", "name", "core", "crc", ""], rows));
}

function printEntry(entry: CatalogEntry, options: CatalogOptions): void {
  if (options.json) {
    printJson(toJson(entry));
    return;
  }
  for (const [key, value] of Object.entries(toJson(entry))) {
    console.log(`${key.padEnd(10)} ${printable(String(value))}`);
  }
}

function toJson(entry: CatalogEntry): Record<string, unknown> {
  const { crc, mtimeMs, path: file, member, ...rest } = entry;
  const content = contentArgument({ path: file, member });
  return { ...rest, content, crc: formatCrc32(crc), modified: new Date(mtimeMs).toISOString() };
}

/** @throws CommandFailure when the text is no id. */
function parseId(text: string): number {
  if (!/^\d{1,15}$/.test(text)) {
    throw new CommandFailure(exitCodes.usage, `${text} is no id: \`netplayd catalog list\` shows them.`);
  }
  return Number(text);
}

function noSuchEntry(id: number): string {
  return `The catalog has no entry ${id}: \`netplayd catalog list\` shows them.`;
}
