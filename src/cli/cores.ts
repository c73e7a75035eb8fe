import path from "node:path";
import type { Command } from "commander";
import { listCoreBuilds } from "../app/index.ts";
import { loadConfig } from "./load-config.ts";
import { configOption, jsonOption, type ConfigOptions } from "./options.ts";
import { print, type JsonOptions } from "./output.ts";
import { formatTable } from "./table.ts";

type BuildRow = ReturnType<typeof listCoreBuilds>[number];

export function addCoresCommand(program: Command): void {
  program
    .command("cores")
    .summary("the builds of the cores, and their versions")
    .description(
      "Lists every core library of the configuration with the version that it announces, the size of its savestates and whether it hosts. A build is known once it has hosted a game: the server and doctor see to it.",
    )
    .addOption(configOption)
    .addOption(jsonOption)
    .action((options: ConfigOptions & JsonOptions) => {
      print(
        options,
        listCoreBuilds(loadConfig(options.config)),
        (rows) => formatTable(["core", "version", "state", "file", "netplay"], rows.map(toCells)),
        (rows) => rows.map(toJson),
      );
    });
}

function toCells({ core, library, outcome }: BuildRow): string[] {
  const [version, state, netplay] =
    outcome === undefined
      ? ["-", "-", "not known yet: netplayd doctor"]
      : outcome.netplay
        ? [outcome.version, `${outcome.stateSizeBytes} bytes`, "yes"]
        : ["-", "-", `no: ${outcome.reason}`];
  return [core, version, state, path.basename(library), netplay];
}

function toJson({ core, library, outcome }: BuildRow): Record<string, unknown> {
  const known = outcome?.netplay ? outcome : undefined;
  return {
    core,
    version: known?.version ?? null,
    stateSizeBytes: known?.stateSizeBytes ?? null,
    sramBytes: known?.sramBytes ?? null,
    netplay: outcome?.netplay ?? null,
    reason: outcome?.netplay === false ? outcome.reason : null,
    library,
  };
}
