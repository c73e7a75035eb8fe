import { COMMAND } from "./commands.ts";

/** A client's role for its host. `handshake`: it has not received SYNC yet. */
export type ClientRole = "handshake" | "spectator" | "player";

/** Bytes of a payload, from `min` to `max` in steps of `step` (default: 1). */
export interface PayloadSizes {
  readonly min: number;
  readonly max: number;
  readonly step?: number;
}

/** How often one connection may send a command. */
export interface CommandRate {
  readonly perSecond: number;
  readonly burst: number;
}

/** What the rules of both directions have. */
export interface CommandRule {
  readonly command: number;
  /** Sizes that RetroArch reads. With another size it misreads the next command, or ends the connection. */
  readonly sizes: readonly PayloadSizes[];
  /** The lowest protocol that has it. */
  readonly since: 5 | 6;
}

/** A command that a client may send. */
export interface ClientRule extends CommandRule {
  readonly from: readonly ClientRole[];
  /** `relayed`: only hosts that are a player's own RetroArch. */
  readonly hosts: "all" | "relayed";
  /**
   * - `passed`: the host gets it.
   * - `kept-unless-pausing`: only a host that allows pausing gets it: PAUSE of a player, and RESUME after it. RESUME of any client
   *   freezes the room of a host from 1.13 to 1.22, and a host that allows no pausing ends a player for PAUSE. A client expects
   *   no answer to either.
   * - `merged`: the host gets one for all clients that send it at about the same time.
   * - `kept`: the client leaves with it. The host learns that from the end of its connection, which stays open until the host has
   *   told the others that the client plays no more (`isLeavingPlay`).
   */
  readonly fate: "passed" | "kept" | "kept-unless-pausing" | "merged";
  readonly rate?: CommandRate;
}

/** A command that the host of a relayed room may send. */
export interface HostRule extends CommandRule {
  readonly when: "handshake" | "afterwards";
}

const NONE: readonly PayloadSizes[] = [{ min: 0, max: 0 }];

function exactly(...sizes: readonly number[]): readonly PayloadSizes[] {
  return sizes.map((size) => ({ min: size, max: size }));
}

/** Frame, client, and up to eleven words of input: RetroArch sends no command of more than 15 words. */
const INPUT: readonly PayloadSizes[] = [{ min: 8, max: 52, step: 4 }];

/** Client id, and up to 64 KiB of the core's data. */
const NETPACKET: readonly PayloadSizes[] = [{ min: 4, max: 4 + 64 * 1024 }];

const NICK_BYTES = 32;
const CHAT_BYTES = 95;
const SYNC_BYTES = 184;
const MIB = 1024 * 1024;
/** No core's battery RAM or savestate is larger. */
const LARGEST_BYTES = 256 * MIB;

const IN_GAME: readonly ClientRole[] = ["spectator", "player"];

/** A key toggles it. The host answers each; RetroArch sends a second PLAY before the answer only if the key is hit again. */
const TOGGLES: CommandRate = { perSecond: 2, burst: 20 };

/** A stock client pings every three seconds and answers the host's pings. A bad line delivers many at once. */
const PINGS: CommandRate = { perSecond: 2, burst: 20 };

const PAUSES: CommandRate = { perSecond: 2, burst: 20 };

/**
 * Everything that a client may send, from RetroArch's netplay_get_cmd and its handshake, 1.9.1 to 1.22. Protocol 7 has the
 * commands of protocol 6. A command that is not listed ends the connection.
 */
export const CLIENT_RULES: readonly ClientRule[] = [
  {
    command: COMMAND.nick,
    sizes: exactly(NICK_BYTES),
    since: 5,
    from: ["handshake"],
    hosts: "relayed",
    fate: "passed",
  },
  {
    command: COMMAND.password,
    sizes: exactly(64),
    since: 5,
    from: ["handshake"],
    hosts: "relayed",
    fate: "passed",
  },
  {
    command: COMMAND.info,
    sizes: exactly(0, 68),
    since: 5,
    from: ["handshake"],
    hosts: "all",
    fate: "passed",
    rate: { perSecond: 1, burst: 5 },
  },
  { command: COMMAND.ack, sizes: NONE, since: 5, from: IN_GAME, hosts: "all", fate: "passed" },
  { command: COMMAND.nak, sizes: NONE, since: 5, from: IN_GAME, hosts: "all", fate: "kept" },
  { command: COMMAND.disconnect, sizes: NONE, since: 5, from: IN_GAME, hosts: "all", fate: "kept" },
  { command: COMMAND.input, sizes: INPUT, since: 5, from: ["player"], hosts: "all", fate: "passed" },
  {
    command: COMMAND.spectate,
    sizes: NONE,
    since: 5,
    from: ["player"],
    hosts: "all",
    fate: "passed",
    rate: TOGGLES,
  },
  // From a player it is a key that was hit twice before MODE; a host would end the connection.
  {
    command: COMMAND.play,
    sizes: exactly(4),
    since: 5,
    from: IN_GAME,
    hosts: "all",
    fate: "passed",
    rate: TOGGLES,
  },
  {
    command: COMMAND.requestSavestate,
    sizes: NONE,
    since: 5,
    from: IN_GAME,
    hosts: "all",
    fate: "merged",
    rate: { perSecond: 1, burst: 10 },
  },
  {
    command: COMMAND.pause,
    sizes: exactly(NICK_BYTES),
    since: 5,
    from: IN_GAME,
    hosts: "all",
    fate: "kept-unless-pausing",
    rate: PAUSES,
  },
  {
    command: COMMAND.resume,
    sizes: NONE,
    since: 5,
    from: IN_GAME,
    hosts: "all",
    fate: "kept-unless-pausing",
    rate: PAUSES,
  },
  {
    command: COMMAND.playerChat,
    sizes: [{ min: 1, max: CHAT_BYTES }],
    since: 6,
    from: ["player"],
    hosts: "all",
    fate: "passed",
    rate: { perSecond: 1, burst: 10 },
  },
  {
    command: COMMAND.pingRequest,
    sizes: NONE,
    since: 6,
    from: IN_GAME,
    hosts: "all",
    fate: "passed",
    rate: PINGS,
  },
  {
    command: COMMAND.pingResponse,
    sizes: NONE,
    since: 6,
    from: IN_GAME,
    hosts: "all",
    fate: "passed",
    rate: PINGS,
  },
  { command: COMMAND.netpacket, sizes: NETPACKET, since: 6, from: IN_GAME, hosts: "relayed", fate: "passed" },
  {
    command: COMMAND.netpacketBroadcast,
    sizes: NETPACKET,
    since: 6,
    from: IN_GAME,
    hosts: "relayed",
    fate: "passed",
  },
];

/**
 * Everything that a host may send behind its header, from what a client of RetroArch 1.9.1 to 1.22 reads and a host of 1.10
 * to 1.22 sends: no older one can be relayed. A command that is not listed ends the link.
 */
export const HOST_RULES: readonly HostRule[] = [
  { command: COMMAND.nick, sizes: exactly(NICK_BYTES), since: 5, when: "handshake" },
  { command: COMMAND.info, sizes: exactly(0, 68), since: 5, when: "handshake" },
  { command: COMMAND.sync, sizes: [{ min: SYNC_BYTES, max: LARGEST_BYTES }], since: 5, when: "handshake" },
  { command: COMMAND.nak, sizes: NONE, since: 5, when: "afterwards" },
  { command: COMMAND.disconnect, sizes: NONE, since: 5, when: "afterwards" },
  { command: COMMAND.input, sizes: INPUT, since: 5, when: "afterwards" },
  { command: COMMAND.noInput, sizes: exactly(4), since: 5, when: "afterwards" },
  { command: COMMAND.mode, sizes: exactly(60), since: 5, when: "afterwards" },
  { command: COMMAND.modeRefused, sizes: exactly(4), since: 5, when: "afterwards" },
  { command: COMMAND.crc, sizes: exactly(8), since: 5, when: "afterwards" },
  { command: COMMAND.loadSavestate, sizes: [{ min: 8, max: LARGEST_BYTES }], since: 5, when: "afterwards" },
  { command: COMMAND.pause, sizes: exactly(NICK_BYTES), since: 5, when: "afterwards" },
  { command: COMMAND.resume, sizes: NONE, since: 5, when: "afterwards" },
  { command: COMMAND.stall, sizes: exactly(4), since: 5, when: "afterwards" },
  { command: COMMAND.reset, sizes: exactly(4), since: 5, when: "afterwards" },
  {
    command: COMMAND.playerChat,
    sizes: [{ min: NICK_BYTES + 1, max: NICK_BYTES + CHAT_BYTES }],
    since: 6,
    when: "afterwards",
  },
  { command: COMMAND.pingRequest, sizes: NONE, since: 6, when: "afterwards" },
  { command: COMMAND.pingResponse, sizes: NONE, since: 6, when: "afterwards" },
  { command: COMMAND.settingAllowPausing, sizes: exactly(4), since: 6, when: "afterwards" },
  { command: COMMAND.settingInputLatencyFrames, sizes: exactly(8), since: 6, when: "afterwards" },
  { command: COMMAND.netpacket, sizes: NETPACKET, since: 6, when: "afterwards" },
];

const CLIENT_RULES_BY_ID = new Map(CLIENT_RULES.map((rule) => [rule.command, rule]));
const HOST_RULES_BY_ID = new Map(HOST_RULES.map((rule) => [rule.command, rule]));

export function clientRule(command: number): ClientRule | undefined {
  return CLIENT_RULES_BY_ID.get(command);
}

export function hostRule(command: number): HostRule | undefined {
  return HOST_RULES_BY_ID.get(command);
}

/** `oversize`: larger than any allowed size; `wrong-size`: any other size that RetroArch does not read. */
export function judgeSize(rule: CommandRule, payloadBytes: number): "oversize" | "wrong-size" | undefined {
  const fits = rule.sizes.some(
    ({ min, max, step = 1 }) =>
      payloadBytes >= min && payloadBytes <= max && (payloadBytes - min) % step === 0,
  );
  if (fits) {
    return undefined;
  }
  return rule.sizes.every(({ max }) => payloadBytes > max) ? "oversize" : "wrong-size";
}
