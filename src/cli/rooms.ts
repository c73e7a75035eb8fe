import type { Command } from "commander";
import type { RoomView } from "../admin/index.ts";
import { askServer } from "./admin.ts";
import { configOption, jsonOption, type ConfigOptions } from "./options.ts";
import { print, type JsonOptions } from "./output.ts";
import { formatTable } from "./table.ts";

export function addRoomsCommand(program: Command): void {
  program
    .command("rooms")
    .summary("the rooms of the configuration, and their addresses")
    .description(
      "Lists the rooms of this configuration as the running server has them. A room's address stays the same: give it to players, who type `netplayd join ADDRESS CONTENT`, with the server's name for SERVER.",
    )
    .addOption(configOption)
    .addOption(jsonOption)
    .action(async (options: ConfigOptions & JsonOptions) => {
      print(options, await askServer(options, (server) => server.rooms()), (views) =>
        views.length === 0 ? "No rooms: see rooms in the configuration." : formatRooms(views),
      );
    });
}

function formatRooms(views: readonly RoomView[]): string {
  const headings = ["room", "game", "core", "password", "keep", "state", "players", "address"];
  const rows = views.map((view) => [
    view.name,
    view.game,
    view.core,
    describePassword(view),
    view.keep,
    describeState(view),
    describePlayers(view),
    view.address,
  ]);
  return formatTable(headings, rows);
}

function describePassword({ password, spectatePassword }: RoomView): string {
  if (!password) {
    return "no";
  }
  return spectatePassword ? "yes, one to watch too" : "yes";
}

function describeState({ state, problem }: RoomView): string {
  switch (state) {
    case "none":
      return problem === null ? "not started" : `cannot be hosted: ${problem}`;
    case "reserved":
    case "starting":
      return "starting";
    case "standby":
      return "asleep";
    case "playing":
      return "playing";
    default:
      return "ending";
  }
}

function describePlayers({ players, spectators, maxClients }: RoomView): string {
  const watching = spectators === 0 ? "" : `, ${spectators} watching`;
  return `${players}${watching} of ${maxClients}`;
}
