import type { Command } from "commander";
import { parseRoomAddress, ROOM_ADDRESS, type RoomAddress } from "./addresses.ts";
import {
  addPlayerOptions,
  describeClient,
  findClient,
  findContent,
  startClient,
  type PlayerOptions,
} from "./client.ts";
import { CONTENT, coreOption } from "./options.ts";

interface JoinOptions extends PlayerOptions {
  readonly print?: true;
}

export function addJoinCommand(program: Command): void {
  const command = program
    .command("join")
    .summary("start the local RetroArch in a room of a server")
    .description(
      "Starts the RetroArch of this machine in a room: the one of the session, or a room of this very game on a server that just takes connections.",
    )
    .argument("<server[:port][/session]>", ROOM_ADDRESS, parseRoomAddress)
    .argument("<content>", CONTENT)
    .addOption(coreOption)
    .option("--print", "print the command instead of running it, for launchers");
  addPlayerOptions(command)
    .addHelpText(
      "after",
      "\nExit codes: RetroArch's own once it runs; 1 it could not be started, 2 wrong usage.",
    )
    .action(async (address: RoomAddress, content: string, options: JoinOptions) => {
      const setup = await findClient(options);
      const { host, port, session } = address;
      const room = { host, port, session, content: findContent(content), nick: options.nick };
      if (options.print) {
        console.log(describeClient(setup, room));
      } else {
        await startClient(setup, room);
      }
    });
}
