import type { SessionView } from "../admin/index.ts";
import type { RelayedRoomInfo, RosterEntry } from "../gateway/index.ts";
import type { Hosting } from "./hosting.ts";
import { formatCrc32, toCrc32, type Clock } from "../shared/index.ts";
import type { SessionInfo } from "../supervisor/index.ts";

/** A session with its roster, as the command line shows it. */
export function toSessionView(info: SessionInfo, hosting: Hosting, clock: Clock): SessionView {
  const { sessionId, game, requester, startedAt, state, port, pid } = info;
  const idleAtMs = state.name === "standby" ? state.idleAt : null;
  const idleDeadline =
    idleAtMs === null ? null : new Date(clock.date().getTime() + idleAtMs - clock.now()).toISOString();
  return {
    id: sessionId,
    kind: "hosted",
    room: info.room ?? null,
    game: game.name,
    core: game.core.name,
    crc: formatCrc32(game.crc),
    port: port ?? null,
    state: state.name,
    requester,
    startedAt: startedAt.toISOString(),
    idleDeadline,
    pid: pid ?? null,
    roster: hosting.roster(sessionId).map(toRosterView),
  };
}

/** A room that a player hosts, as far as it is known here. */
export function toRelayedView({
  sessionId,
  ownerAddress,
  startedAt,
  info,
  roster,
}: RelayedRoomInfo): SessionView {
  return {
    id: sessionId,
    kind: "relayed",
    room: null,
    game: "",
    core: info?.coreName ?? "",
    crc: formatCrc32(info?.crc ?? toCrc32(0)),
    port: null,
    state: roster.length === 0 ? "standby" : "playing",
    requester: ownerAddress,
    startedAt: startedAt.toISOString(),
    idleDeadline: null,
    pid: null,
    roster: roster.map(toRosterView),
  };
}

function toRosterView(entry: RosterEntry): SessionView["roster"][number] {
  const { nick, clientNumber, players, address, since, pingMs = null } = entry;
  return { nick, clientNumber, players: [...players], address, since: since.toISOString(), pingMs };
}
