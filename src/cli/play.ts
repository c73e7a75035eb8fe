import type { Command } from "commander";
import { parsePort } from "./addresses.ts";
import { addPlayerOptions, findClient, findContent, startClient, type PlayerOptions } from "./client.ts";
import {
  CONTENT,
  coreOption,
  requestCoreVersionOption,
  requestTimeoutOption,
  serverOption,
} from "./options.ts";
import { ask, describeContent, type WantedOptions } from "./request.ts";

interface PlayOptions extends WantedOptions, PlayerOptions {
  readonly port?: number;
}

export function addPlayCommand(program: Command): void {
  const command = program
    .command("play")
    .summary("ask a server to host a game and join it")
    .description("Asks a server to host a game, then starts the RetroArch of this machine as a client of it.")
    .argument("<content>", CONTENT)
    .addOption(coreOption)
    .addOption(serverOption)
    .addOption(requestCoreVersionOption)
    .option("--port <port>", "join the session on this port instead of asking for a new one", parsePort);
  addPlayerOptions(command)
    .addOption(requestTimeoutOption)
    .addHelpText(
      "after",
      "\nExit codes: RetroArch's own once it runs; 1 it could not be started, 2 wrong usage, 3 refused, 4 nobody answered.",
    )
    .action(async (content: string, options: PlayOptions) => {
      const setup = await findClient(options);
      const port = options.port ?? (await ask(await describeContent(content, options), options));
      const { host } = options.server;
      const room = { host, port, session: undefined, content: findContent(content), nick: options.nick };
      await startClient(setup, room);
    });
}
