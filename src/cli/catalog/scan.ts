import type { ScanReport } from "../../catalog/index.ts";
import type { Config } from "../../config.ts";
import { readCoreFacts } from "../../installation/index.ts";
import { foldName } from "../../shared/index.ts";
import { CommandFailure, exitCodes, unwrap } from "../exit-codes.ts";
import { abortOnSignal } from "../interrupt.ts";
import { complainOfSkipped, print } from "../output.ts";
import { createScanBar } from "../progress-bar.ts";
import { withCatalog, type CatalogOptions, type DeclareCommand } from "./with-catalog.ts";

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
  const bar = await createScanBar();
  const report = await withCatalog(options, async (catalog, config) => {
    const { core } = options;
    const targets = named.length > 0 ? named : contentFolders(config, core);
    const facts = await readCoreFacts(config);
    const { cores } = config;
    return catalog[kind]({ targets, cores, core, ...facts, signal: abortOnSignal(), onProgress: bar.update });
  }).finally(bar.stop);
  printReport(unwrap(report, exitCodes.usage), options, kind);
}

function printReport(report: ScanReport, options: CatalogOptions, kind: "add" | "scan"): void {
  const { skipped, interrupted, ...counts } = report;
  if (!options.json) {
    complainOfSkipped(skipped);
  }
  print(options, report, () => {
    const told = Object.entries(counts).filter(([, count]) => count > 0);
    return told.length === 0 ? "Nothing found." : told.map(([what, count]) => `${count} ${what}`).join(", ");
  });
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

/** @throws CommandFailure when there is none. */
function contentFolders(config: Config, core: string | undefined): string[] {
  const cores = config.cores.filter((entry) => core === undefined || foldName(entry.name) === foldName(core));
  const folders = [...new Set(cores.flatMap((entry) => entry.content))];
  if (folders.length === 0) {
    throw new CommandFailure(
      exitCodes.usage,
      "Name a folder, or give the cores of the configuration a content folder.",
    );
  }
  return folders;
}
