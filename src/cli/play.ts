import { Option, type Command } from "commander";
import { addPlayerOptions, findClient, findContent, startClient, type PlayerOptions } from "./client.ts";
import { addTimeoutOption, ask, describeContent, type WantedOptions } from "./request.ts";
import { parsePort, parseServerAddress } from "./server-address.ts";

interface PlayOptions extends WantedOptions, PlayerOptions {
  readonly port?: number;
}

export function addPlayCommand(program: Command): void {
  const command = program
    .command("play")
    .summary("ask a server to host a game and join it")
    .description("Asks a server to host a game, then starts the RetroArch of this machine as a client of it.")
    .argument("<content>", "content file, or archive.zip#member")
    .requiredOption("--core <name>", "the core's library name, e.g. Nestopia")
    .requiredOption("--server <host[:port]>", "the server's control port", parseServerAddress)
    .addOption(
      new Option("--core-version <version>", "the core's version").default("", "the server's first entry"),
    )
    .option("--port <port>", "join the session on this port instead of asking for a new one", parsePort);
  addTimeoutOption(addPlayerOptions(command))
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
