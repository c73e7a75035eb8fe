import type { Gateway } from "../gateway/index.ts";
import type { JoinableSessions } from "../matchmaking/index.ts";
import type { RoomSessions } from "../persistent-rooms/index.ts";
import { formatAddress } from "../shared/index.ts";
import type { Supervisor } from "../supervisor/index.ts";

const stages = {
  reserved: "starting",
  starting: "starting",
  standby: "up",
  playing: "up",
  stopping: "ending",
  gone: "ending",
} as const;

/** The sessions as persistent rooms and the matchmaker see them. Sessions that they open get no port of their own. */
export function createRoomSessions(
  supervisor: Supervisor,
  gateway: Pick<Gateway, "hasSlotFor" | "isKicked">,
): RoomSessions & JoinableSessions {
  return {
    all: () => supervisor.sessions().map((session) => ({ ...session, stage: stages[session.state.name] })),
    current(id) {
      const session = supervisor.session(id);
      return session === undefined ? undefined : { stage: stages[session.state.name], game: session.game };
    },
    open: (game, room, requester) =>
      supervisor.open({ game, room, requester, asker: undefined, ownPort: false }),
    openFor: ({ address, port, passwordHash }, game) =>
      supervisor.open({
        game,
        requester: formatAddress(address, port),
        asker: { address, isProven: true },
        ownPort: false,
        passwordHash,
      }),
    whenOpened: (id) => supervisor.whenOpened(id),
    whenGone: (id) => supervisor.whenGone(id),
    canOpen: (address) => supervisor.canOpen({ address, isProven: true }),
    canOpenRoom: (id) => supervisor.canOpenRoom(id),
    hasSlotFor: (id, address) => gateway.hasSlotFor(id, address),
    isKicked: (id, address) => gateway.isKicked(id, address),
  };
}
