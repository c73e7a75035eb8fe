import type { Command } from "commander";
import { examineMachine } from "../app/index.ts";
import { printable } from "../shared/index.ts";
import { CommandFailure, exitCodes } from "./exit-codes.ts";
import { abortOnSignal } from "./interrupt.ts";
import { loadConfig } from "./load-config.ts";
import { configOption, jsonOption, type ConfigOptions } from "./options.ts";
import { printJson, say, type JsonOptions } from "./output.ts";

const marks = { ok: "ok     ", warning: "warning", failed: "FAILED " };

export function addDoctorCommand(program: Command): void {
  program
    .command("doctor")
    .summary("check everything that hosting needs")
    .description(
      "Checks everything that can keep a game from being hosted, starts a real host for every core that has a game, and says what to change.",
    )
    .addOption(configOption)
    .addOption(jsonOption)
    .addHelpText(
      "after",
      "\nExit codes: 0 games can be hosted, 1 something has to be changed, 2 wrong configuration.",
    )
    .action(examine);
}

async function examine({ config, json }: ConfigOptions & JsonOptions): Promise<void> {
  const findings = [];
  for await (const finding of examineMachine(loadConfig(config), abortOnSignal())) {
    findings.push(finding);
    if (!json) {
      say(`${marks[finding.status]}  ${printable(finding.subject)}: ${printable(finding.message)}`);
    }
  }
  if (json) {
    printJson(findings);
  }
  if (findings.some(({ status }) => status === "failed")) {
    throw new CommandFailure(exitCodes.failed, "Not everything can be hosted.");
  }
}
