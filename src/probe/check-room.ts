import type { Info } from "../netplay/index.ts";
import { fail, ok, type Result } from "../shared/index.ts";
import { askInfo, type AskedInfo, type AskFault } from "./ask-info.ts";
import type { ProbeTarget } from "./conversation.ts";
import { judgeAcceptance, type PlayerSide } from "./judge-acceptance.ts";

export interface CheckRoomOptions extends Omit<ProbeTarget, "timeoutMs"> {
  readonly player: PlayerSide;
  /** The room is reached by its session's id. */
  readonly byId: boolean;
  /** Undefined: the player has none. */
  readonly password: string | undefined;
}

/** `fault`: the server did not say what it hosts; `nothing-loaded`: nor that it hosts nothing. `problem`: what to change, in one line. */
export type CheckFailure = { readonly fault: AskFault | "nothing-loaded" } | { readonly problem: string };

/** A server that takes what players bring may have to start a host first; a stock client waits 11 s. */
const TIMEOUT_MS = 11_000;

/**
 * Whether this player gets into the room and stays in it. When only the core's version differs it looks on for a moment as a
 * spectator, to compare the savestates.
 *
 * @returns What the room hosts.
 */
export async function checkRoom(options: CheckRoomOptions): Promise<Result<Info, CheckFailure>> {
  const { player, byId } = options;
  const asked = await ask(options, false);
  if (!asked.ok) {
    return fail({ fault: asked.reason });
  }
  const { info, takesWhatComes } = asked.value;
  if (info === undefined) {
    return fail({ fault: "nothing-loaded" });
  }
  const versionsDiffer = info.coreVersion.trim() !== player.coreVersion.trim();
  let stateSizeBytes: number | undefined;
  if (versionsDiffer && info.crc === player.crc && player.stateSizeBytes !== undefined) {
    const joined = await ask(options, true);
    if (!joined.ok) {
      return fail({ fault: joined.reason });
    }
    stateSizeBytes = joined.value.state?.stateSizeBytes;
  }
  // Behind an id is one room with one game, although a persistent room asks first as well.
  const host = { info, takesWhatComes: takesWhatComes && !byId, byId, stateSizeBytes };
  const problem = judgeAcceptance(player, host);
  return problem === undefined ? ok(info) : fail({ problem });
}

function ask(
  { player: { core, coreVersion, crc }, password, ...target }: CheckRoomOptions,
  upToState: boolean,
): Promise<Result<AskedInfo, AskFault>> {
  const own = { core, coreVersion, crc };
  return askInfo({
    ...target,
    timeoutMs: TIMEOUT_MS,
    answer: own,
    upToState: upToState ? own : undefined,
    // A player may leave the field empty as well: where passwords name rooms, that is the public one.
    password: password ?? "",
  });
}
