import type { ScanReport } from "../../catalog/index.ts";
import type { Config } from "../../config.ts";
import { readCoreFacts } from "../../installation/index.ts";
import { foldName, printable, type Result } from "../../shared/index.ts";
import { CommandFailure, exitCodes } from "../exit-codes.ts";
import { abortOnSignal } from "../interrupt.ts";
import { loadConfig } from "../load-config.ts";
import { complain, printJson, say } from "../output.ts";
import { createScanBar } from "../progress-bar.ts";
import type { CatalogOptions, DeclareCommand } from "./declare-command.ts";
import { withCatalog } from "./with-catalog.ts";

interface ScanOptions extends CatalogOptions {
  readonly core?: string;
}

export function addScanCommands(declare: DeclareCommand): void {
  declare("add", "Adds content files.")
    .argument("<file...>", "content files")
    .option("--core <name>", "the core that hosts them, whatever their folder and extension")
    .action((files: string[], options: ScanOptions) => scan("add", files, options));

  declare(
    "scan",
    "Brings the catalog up to date with folders, or with the cores' content folders when none is named.",
  )
    .argument("[dir...]", "folders")
    .option("--core <name>", "the core that hosts what is found there")
    .action((folders: string[], options: ScanOptions) => scan("scan", folders, options));
}

async function scan(kind: "add" | "scan", named: readonly string[], options: ScanOptions): Promise<void> {
  const config = loadConfig(options.config);
  const targets = named.length > 0 ? named : contentFolders(config, options.core);
  if (targets.length === 0) {
    throw new CommandFailure(
      exitCodes.usage,
      "Name a folder, or give the cores of the configuration a content folder.",
    );
  }
  const facts = await readCoreFacts(config);
  const signal = abortOnSignal();
  const bar = await createScanBar();
  const report = await withCatalog(config, (catalog) => {
    const { core } = options;
    return catalog[kind]({ targets, cores: config.cores, core, ...facts, signal, onProgress: bar.update });
  }).finally(bar.stop);
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
      complain(`skipped ${printable(file)}: ${printable(reason)}`);
    }
    const told = Object.entries(counts).filter(([, count]) => count > 0);
    say(told.length === 0 ? "Nothing found." : told.map(([what, count]) => `${count} ${what}`).join(", "));
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
  const cores = config.cores.filter((entry) => core === undefined || foldName(entry.name) === foldName(core));
  return [...new Set(cores.flatMap((entry) => entry.content))];
}
