import type { RoomView } from "../admin/index.ts";
import type { Config } from "../config.ts";
import type { PersistentRooms } from "../persistent-rooms/index.ts";
import type { PersistentRoom } from "../room-config.ts";
import { DEFAULT_NETPLAY_PORT } from "../netplay/index.ts";
import { formatAddress, formatHost, type SessionId } from "../shared/index.ts";
import type { Hosting } from "./hosting.ts";

/** Addresses that stand for all of this machine, or that others cannot reach. */
const NO_ADDRESS = /^(::|0\.0\.0\.0|::1|localhost|127\.[\d.]+)$/;

/** A room of the operator's as the command line shows it. Its passwords stay here. */
export function toRoomView(
  room: PersistentRoom,
  persistent: PersistentRooms,
  hosting: Pick<Hosting, "sessions" | "roster">,
  netplay: Config["netplay"],
): RoomView {
  const { id, name, core, game, password, spectatePassword, maxClients, keep } = room;
  const session = hosting.sessions().find(({ sessionId }) => sessionId === id);
  const clients = hosting.roster(id);
  const players = clients.filter(({ players: pads }) => pads.length > 0).length;
  return {
    name,
    id,
    core,
    game,
    password: password !== null,
    spectatePassword: spectatePassword !== null,
    keep,
    maxClients,
    state: session?.state.name ?? "none",
    problem: persistent.problemOf(room) ?? null,
    players,
    spectators: clients.length - players,
    address: addressOf(id, netplay),
  };
}

/** What `netplayd join` takes; `SERVER` where only the operator knows under which name others reach this machine. */
function addressOf(id: SessionId, { host, port }: Config["netplay"]): string {
  const named = NO_ADDRESS.test(host) ? "SERVER" : host;
  const isDefault = port === null || port === DEFAULT_NETPLAY_PORT;
  return `${isDefault ? formatHost(named) : formatAddress(named, port)}/${id}`;
}
