import { InvalidArgumentError } from "commander";
import type { VerifyReport } from "../../catalog/index.ts";
import { printable, systemClock } from "../../shared/index.ts";
import { CommandFailure, exitCodes, unwrap } from "../exit-codes.ts";
import { abortOnSignal } from "../interrupt.ts";
import { complain, print } from "../output.ts";
import { createCountBar } from "../progress-bar.ts";
import { addFilter, type FilterOptions } from "./list.ts";
import { withCatalog, type DeclareCommand } from "./with-catalog.ts";

interface VerifyOptions extends FilterOptions {
  readonly parallel?: number;
}

export function addVerifyCommand(declare: DeclareCommand): void {
  addFilter(
    declare(
      "verify",
      "Starts each game in a real host for a moment and keeps whether it works, and why not.",
    ),
  )
    .option(
      "--parallel <count>",
      "hosts at once; default: one for each processor, fewer is better where a core's savestates are large",
      parseCount,
    )
    .addHelpText("after", "\nExit codes: 0 all work, 1 some do not, 2 wrong usage or configuration.")
    .action(verify);
}

async function verify(words: string[], options: VerifyOptions): Promise<void> {
  const bar = await createCountBar("{bar} {value}/{total} games, {failed} failed, {eta_formatted} left");
  const report = await withCatalog(options, async (catalog, config) => {
    // The only command of the catalog that needs the server's parts.
    const { createVerifyOne } = await import("../../app/index.ts");
    const verifyOne = unwrap(await createVerifyOne(config));
    const { core, system, state, parallel } = options;
    return catalog.verify({
      entries: catalog.list({ name: words.join(" "), core, system, state }),
      cores: config.cores,
      verifyOne,
      clock: systemClock,
      parallel,
      signal: abortOnSignal(),
      onProgress: ({ done, total, failed }) => {
        bar.update(done, total, { failed });
      },
    });
  }).finally(bar.stop);
  printReport(report, options);
}

function printReport(report: VerifyReport, options: VerifyOptions): void {
  const { verified, failures, skipped, interrupted } = report;
  if (!options.json) {
    for (const { entry, reason } of failures) {
      complain(`${entry.id} ${printable(entry.name)} (${printable(entry.core)}): ${printable(reason)}`);
    }
  }
  print(
    options,
    report,
    () => `${verified} verified, ${failures.length} failed${skipped > 0 ? describeSkipped(skipped) : ""}`,
    () => ({ verified, failures: failures.map(toJson), skipped, interrupted }),
  );
  if (interrupted) {
    throw new CommandFailure(
      exitCodes.failed,
      "Interrupted; what was found until then is kept. --state unverified goes on with the rest.",
    );
  }
  if (failures.length > 0) {
    process.exitCode = exitCodes.failed;
  }
}

function toJson({ entry: { id, name, core }, reason }: VerifyReport["failures"][number]): unknown {
  return { id, name, core, reason };
}

function describeSkipped(count: number): string {
  return `, ${count} skipped: the file is missing, or the core is not in the configuration`;
}

function parseCount(text: string): number {
  const count = Number(text);
  if (!Number.isInteger(count) || count < 1 || count > 256) {
    throw new InvalidArgumentError("Expected a number from 1 to 256.");
  }
  return count;
}
