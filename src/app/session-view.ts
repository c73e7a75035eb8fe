import type { SessionView } from "../admin/index.ts";
import type { Hosting } from "./hosting.ts";
import { formatCrc32, type Clock } from "../shared/index.ts";
import type { SessionInfo } from "../supervisor/index.ts";

/** A session with its roster, as the command line shows it. */
export function toSessionView(info: SessionInfo, hosting: Hosting, clock: Clock): SessionView {
  const { sessionId, game, requester, startedAt, state, port, pid, idleAtMs } = info;
  const idleDeadline =
    idleAtMs === undefined ? null : new Date(clock.date().getTime() + idleAtMs - clock.now()).toISOString();
  return {
    id: sessionId,
    game: game.name,
    core: game.core.name,
    crc: formatCrc32(game.crc),
    port: port ?? null,
    state: state.name,
    requester,
    startedAt: startedAt.toISOString(),
    idleDeadline,
    pid: pid ?? null,
    roster: hosting.roster(sessionId).map(({ nick, clientNumber, players, address, since, pingMs }) => ({
      nick,
      clientNumber,
      players: [...players],
      address,
      since: since.toISOString(),
      pingMs: pingMs ?? null,
    })),
  };
}
