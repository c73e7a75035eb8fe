import { setFlagsFromString } from "node:v8";
import { Option, type Command } from "commander";
import { startApp } from "../app/index.ts";
import { createLogger } from "../logging/index.ts";
import { systemClock } from "../shared/index.ts";
import { exitCodes } from "./exit-codes.ts";
import { loadConfig } from "./load-config.ts";

interface ServeOptions {
  readonly config?: string;
  readonly logLevel: string;
  readonly onlyVerified?: true;
}

/**
 * Keeps V8's space for new objects at its initial size. Nearly all that the server allocates is garbage at once, and V8 would let
 * 48 MiB of it pile up. bench/README.md says what this saves.
 */
const SMALL_NURSERY = "--semi-space-growth-factor=1";

const SIGNAL_EXIT_BASE = 128;
const signalNumbers = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 } as const;

const signals = ["SIGHUP", "SIGINT", "SIGTERM"] as const;

export function addServeCommand(program: Command): void {
  program
    .command("serve")
    .summary("the server, in the foreground")
    .description(
      "Hosts games on request until SIGTERM, SIGINT or SIGHUP; then ends all sessions and exits 0. A second signal exits at once.",
    )
    .option("--config <file>", "configuration (default: cores.yaml)")
    .option("--only-verified", "host nothing but games that `catalog verify` found to work")
    .addOption(
      new Option("--log-level <level>", "how much is logged")
        .choices(["trace", "debug", "info", "warn", "error"])
        .default("info"),
    )
    .action(async ({ config: file, logLevel, onlyVerified }: ServeOptions) => {
      const config = loadConfig(file);
      setFlagsFromString(SMALL_NURSERY);
      const logger = createLogger({ level: logLevel, pretty: process.stdout.isTTY, clock: systemClock });
      const signalled = nextSignal();
      const app = await startApp(config, { clock: systemClock, logger, onlyVerified: onlyVerified ?? false });
      const signal = await signalled;
      logger.info({ signal }, "stopping");
      void nextSignal().then((second) => {
        process.exit(SIGNAL_EXIT_BASE + signalNumbers[second]);
      });
      await app.stop();
      logger.info("stopped");
      process.exit(exitCodes.ok);
    });
}

function nextSignal(): Promise<keyof typeof signalNumbers> {
  return new Promise((resolve) => {
    for (const signal of signals) {
      process.once(signal, () => {
        resolve(signal);
      });
    }
  });
}
