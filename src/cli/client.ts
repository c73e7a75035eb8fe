import { existsSync } from "node:fs";
import path from "node:path";
import type { Command } from "commander";
import { parseContentPath } from "../catalog/index.ts";
import { prepareClient, type ClientSetup } from "../installation/index.ts";
import { runAtTerminal } from "../processes/index.ts";
import { clientArguments, type ClientCommand } from "../retroarch/index.ts";
import { CommandFailure, exitCodes, unwrap } from "./exit-codes.ts";
import { loadOptionalConfig } from "./load-config.ts";
import type { ConfigOptions } from "./options.ts";
import { formatCommand } from "./shell-quote.ts";

/** Options of the commands that need the player's own RetroArch. */
export interface ClientOptions extends ConfigOptions {
  readonly core: string;
  readonly library?: string;
  readonly retroarch?: string;
}

/** Options of the commands that start it. */
export interface PlayerOptions extends ClientOptions {
  readonly nick?: string;
}

/** A room as `clientArguments` takes it, without what the setup knows. */
type Room = Omit<ClientCommand, "library" | "appendConfig">;

/** Declares `ClientOptions` but for `--core`. */
export function addClientOptions(command: Command): Command {
  return command
    .option(
      "--library <file>",
      "the core's library; default: the configuration's, or the installed one of that name",
    )
    .option("--retroarch <program>", "RetroArch; default: the configuration's, or retroarch")
    .option("--config <file>", "configuration of the server's own machine, where there is one");
}

/** Declares `PlayerOptions` but for `--core`. */
export function addPlayerOptions(command: Command): Command {
  return addClientOptions(command.option("--nick <name>", "your name in the room"));
}

/** The content's absolute path. @throws CommandFailure when there is no such file: RetroArch would end without a word. */
export function findContent(content: string): string {
  const absolute = path.resolve(content);
  const { path: file } = parseContentPath(absolute);
  if (!existsSync(file)) {
    throw new CommandFailure(exitCodes.usage, `There is no file ${file}.`);
  }
  return absolute;
}

/** @throws CommandFailure when the core is not installed here. */
export async function findClient({ core, library, retroarch, config }: ClientOptions): Promise<ClientSetup> {
  return unwrap(await prepareClient({ core, library, retroarch, config: loadOptionalConfig(config) }));
}

/** The command that joins the room, for a POSIX shell: what `startClient` runs. */
export function describeClient(setup: ClientSetup, room: Room): string {
  return formatCommand([setup.binary, ...argumentsOf(setup, room)]);
}

/** Runs the player's RetroArch until it ends; its exit code becomes ours. @throws CommandFailure when it cannot be started. */
export async function startClient(setup: ClientSetup, room: Room): Promise<void> {
  const { binary } = setup;
  // Some builds abort on a machine without a session bus.
  const ran = await runAtTerminal(binary, argumentsOf(setup, room), { DBUS_FATAL_WARNINGS: "0" });
  if (!ran.ok) {
    throw new CommandFailure(exitCodes.failed, `RetroArch cannot be started as ${binary}: ${ran.reason}`);
  }
  process.exitCode = ran.value;
}

function argumentsOf({ library, appendConfig }: ClientSetup, room: Room): string[] {
  return clientArguments({ ...room, library, appendConfig });
}
