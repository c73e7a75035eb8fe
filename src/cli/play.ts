import type { Command } from "commander";
import { prepareClient, type ClientSetup } from "../installation/index.ts";
import { runAtTerminal } from "../processes/index.ts";
import { clientArguments } from "../retroarch/index.ts";
import { CommandFailure, exitCodes } from "./exit-codes.ts";
import { loadOptionalConfig } from "./load-config.ts";
import { ask, describeContent, type WantedOptions } from "./request.ts";
import { parsePort, parseServerAddress } from "./server-address.ts";
import path from "node:path";

interface PlayOptions extends WantedOptions {
  readonly config?: string;
  readonly nick?: string;
  readonly port?: number;
  readonly library?: string;
  readonly retroarch?: string;
}

export function addPlayCommand(program: Command): void {
  program
    .command("play")
    .summary("ask a server to host a game and join it")
    .description("Asks a server to host a game, then starts the RetroArch of this machine as a client of it.")
    .argument("<content>", "content file, or archive.zip#member")
    .requiredOption("--core <name>", "the core's library name, e.g. Nestopia")
    .requiredOption("--server <host[:port]>", "the server's control port", parseServerAddress)
    .option("--core-version <version>", "the core's version", "")
    .option("--port <port>", "join the session on this port instead of asking for a new one", parsePort)
    .option("--nick <name>", "your name in the room")
    .option(
      "--library <file>",
      "the core's library; default: the one of the configuration, or the installed one of that name",
    )
    .option("--retroarch <program>", "RetroArch; default: the configuration's, or retroarch")
    .option("--config <file>", "configuration of the server's own machine, where there is one")
    .addHelpText(
      "after",
      "\nExit codes: RetroArch's own once it runs; 1 it could not be started, 2 wrong usage, 3 refused, 4 nobody answered.",
    )
    .action(async (content: string, options: PlayOptions) => {
      const setup = await findClient(options);
      const request = await describeContent(content, options);
      const port = options.port ?? (await ask(options.server, request));
      await play(setup, options, path.resolve(content), port);
    });
}

async function findClient(options: PlayOptions): Promise<ClientSetup> {
  const config = loadOptionalConfig(options.config);
  const { retroarch, library } = options;
  const prepared = await prepareClient({ core: options.core, library, retroarch, config });
  if (!prepared.ok) {
    throw new CommandFailure(exitCodes.failed, prepared.reason);
  }
  return prepared.value;
}

async function play(setup: ClientSetup, options: PlayOptions, content: string, port: number): Promise<void> {
  const { binary, library, appendConfig } = setup;
  const args = clientArguments({
    host: options.server.host,
    port,
    library,
    content,
    nick: options.nick,
    appendConfig,
  });
  const ran = await runAtTerminal(binary, args, { DBUS_FATAL_WARNINGS: "0" });
  if (!ran.ok) {
    throw new CommandFailure(exitCodes.failed, `RetroArch cannot be started as ${binary}: ${ran.reason}`);
  }
  process.exitCode = ran.value;
}
