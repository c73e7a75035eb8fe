import { InvalidArgumentError } from "commander";
import { contentArgument, type VerifyOne, type VerifyReport } from "../../catalog/index.ts";
import type { Config, CoreConfig } from "../../config.ts";
import { detectRetroArch, missingFirmware } from "../../installation/index.ts";
import { fail, ok, printable, systemClock, toCrc32 } from "../../shared/index.ts";
import { CommandFailure, exitCodes } from "../exit-codes.ts";
import { abortOnSignal } from "../interrupt.ts";
import { loadConfig } from "../load-config.ts";
import { complain, printJson, say } from "../output.ts";
import { createCountBar } from "../progress-bar.ts";
import type { DeclareCommand } from "./declare-command.ts";
import { concernsCore, explainFailure } from "./explain-failure.ts";
import { addFilter, type FilterOptions } from "./list.ts";
import { withCatalog } from "./with-catalog.ts";

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
  const config = loadConfig(options.config);
  const verifyOne = await createVerifyOne(config);
  const bar = await createCountBar("{bar} {value}/{total} games, {failed} failed, {eta_formatted} left");
  const signal = abortOnSignal();
  const report = await withCatalog(config, (catalog) => {
    const { core, system, state, parallel } = options;
    const entries = catalog.list({ name: words.join(" "), core, system, state });
    return catalog.verify({
      entries,
      cores: config.cores,
      verifyOne,
      clock: systemClock,
      parallel,
      signal,
      onProgress: ({ done, total, failed }) => {
        bar.update(done, total, { failed });
      },
    });
  }).finally(bar.stop);
  printReport(report, options);
}

/** @throws CommandFailure when there is no RetroArch to try with. */
async function createVerifyOne(config: Config): Promise<VerifyOne> {
  const retroarch = await detectRetroArch(config.retroarch.binary);
  if (!retroarch.ok) {
    throw new CommandFailure(exitCodes.failed, retroarch.reason);
  }
  // The only command of the catalog that needs the server's parts.
  const { endOldTrials, tryHosting } = await import("../../app/index.ts");
  const { createSilentLogger } = await import("../../logging/index.ts");
  await endOldTrials(config.data, { clock: systemClock, logger: createSilentLogger() });
  // Such a host is waited for as long as any, and the core's next game would end like the first.
  const cores = new Map<CoreConfig, string>();
  return async (entry, core, signal) => {
    const known = cores.get(core);
    if (known !== undefined) {
      return fail(known);
    }
    // Whatever a host announces is right where nobody else can tell.
    const game = {
      core,
      name: entry.name,
      content: contentArgument(entry),
      crc: entry.crcIsCertain ? entry.crc : toCrc32(0),
    };
    const tried = await tryHosting(config, game, { clock: systemClock, retroarch: retroarch.value, signal });
    if (!tried.ok) {
      const bios = { missing: await missingFirmware(config, core), folder: config.retroarch.system };
      const reason = explainFailure(tried.reason, core.name, bios);
      if (concernsCore(tried.reason)) {
        cores.set(core, reason);
      }
      return fail(reason);
    }
    const { coreName, coreVersion, crc } = tried.value.info;
    return ok({ core: coreName, coreVersion, crc });
  };
}

function printReport(report: VerifyReport, options: VerifyOptions): void {
  const { verified, failures, skipped, interrupted } = report;
  if (options.json) {
    const failed = failures.map(({ entry, reason }) => ({
      id: entry.id,
      name: entry.name,
      core: entry.core,
      reason,
    }));
    printJson({ verified, failures: failed, skipped, interrupted });
  } else {
    for (const { entry, reason } of failures) {
      complain(`${entry.id} ${printable(entry.name)} (${printable(entry.core)}): ${printable(reason)}`);
    }
    say(`${verified} verified, ${failures.length} failed${skipped > 0 ? describeSkipped(skipped) : ""}`);
  }
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
