import type { Command } from "commander";
import { encodeTunnelMessage } from "../netplay/index.ts";
import {
  askInfo,
  pokeHost,
  type AskFault,
  type AskInfoOptions,
  type PokedHost,
  type PokeFault,
  type ProbeTarget,
} from "../probe/index.ts";
import { formatCrc32, parseCrc32, printable, sessionIdToBytes, systemClock } from "../shared/index.ts";
import { formatRoomAddress, parseRoomAddress, ROOM_ADDRESS, type RoomAddress } from "./addresses.ts";
import { CommandFailure, exitCodes, type ExitCode } from "./exit-codes.ts";
import { jsonOption, timeoutOption } from "./options.ts";
import { printJson, say, type JsonOptions } from "./output.ts";
import { howToGivePassword, passwordOption, readPassword, type PasswordOptions } from "./password.ts";

interface ProbeOptions extends PasswordOptions, JsonOptions {
  readonly info?: true;
  readonly timeout: number;
}

/** The core's facts as they are printed; `fault` says why there are none. */
interface InfoReport {
  readonly info: { readonly core: string; readonly coreVersion: string; readonly crc: string } | null;
  readonly fault: AskFault | "nothing-loaded" | null;
}

const DEFAULT_TIMEOUT_SECONDS = 5;

export function addProbeCommand(program: Command): void {
  program
    .command("probe")
    .summary("what is behind an address")
    .description(
      "Asks whether a RetroArch host is at this address, which protocols it speaks and how far away it is. Joins nothing.",
    )
    .argument("<host[:port][/session]>", ROOM_ADDRESS, parseRoomAddress)
    .option("--info", "begin to join, so that it says its core, the core's version and the content's CRC")
    .addOption(timeoutOption("how long to wait", DEFAULT_TIMEOUT_SECONDS))
    .addOption(jsonOption)
    .addOption(passwordOption)
    .addHelpText(
      "after",
      "\nExit codes: 0 something answered as RetroArch does, 1 something else is there, 2 wrong usage, 4 nobody is there.",
    )
    .action(probe);
}

async function probe(address: RoomAddress, options: ProbeOptions): Promise<void> {
  const { info, json, timeout } = options;
  const target = { ...toTarget(address), timeoutMs: timeout * 1000 };
  const poked = await pokeHost(target);
  const facts = { host: address.host, port: address.port, session: address.session ?? null };
  if (!poked.ok) {
    if (json) {
      printJson({ ...facts, answer: poked.reason });
    }
    throw new CommandFailure(exitCodeOf(poked.reason), explain(poked.reason, address));
  }
  const asked = info
    ? await askForReport({ ...target, password: readPassword(options), ...howToAsk(address) })
    : undefined;
  const { state, protocol, salt, latencyMs } = poked.value;
  if (json) {
    const password = salt !== 0;
    const rounded = { connect: round(latencyMs.connect), answer: round(latencyMs.answer) };
    printJson({ ...facts, answer: state, protocol, password, latencyMs: rounded, ...asked });
  } else {
    say([describeHost(poked.value, address), ...(asked ? [describeInfo(asked)] : [])].join("\n"));
  }
}

/** Host, port, clock and preamble of a conversation with a room. */
export function toTarget({ host, port, session }: RoomAddress): Omit<ProbeTarget, "timeoutMs"> {
  const preamble =
    session === undefined
      ? undefined
      : encodeTunnelMessage({ type: "session", id: sessionIdToBytes(session) });
  return { host, port, clock: systemClock, preamble };
}

/** Behind an id is one room. A persistent one asks first although it has a game: which build hosts depends on the player's version. */
function howToAsk({ session }: RoomAddress): Pick<AskInfoOptions, "answer"> {
  return session === undefined ? {} : { answer: "ask-back" };
}

async function askForReport(target: AskInfoOptions): Promise<InfoReport> {
  const asked = await askInfo(target);
  if (!asked.ok) {
    return { info: null, fault: asked.reason };
  }
  if (asked.value.info === undefined) {
    return { info: null, fault: "nothing-loaded" };
  }
  const { coreName, coreVersion, crc } = asked.value.info;
  return { info: { core: coreName, coreVersion, crc: formatCrc32(crc) }, fault: null };
}

function describeHost({ state, protocol, salt, latencyMs }: PokedHost, address: RoomAddress): string {
  const what = { open: "a RetroArch host", full: "a full RetroArch host", banned: "a host that bans us" };
  const range =
    protocol.low === protocol.high
      ? `protocol ${protocol.high}`
      : `protocols ${protocol.low} to ${protocol.high}`;
  const password = salt === 0 ? "" : ", asks for a password";
  const times = `connected in ${round(latencyMs.connect)} ms, answered in ${round(latencyMs.answer)} ms`;
  return `${formatRoomAddress(address)}: ${what[state]}, ${range}${password}; ${times}`;
}

function describeInfo({ info, fault }: InfoReport): string {
  if (info !== null) {
    const version = printable(info.coreVersion.trim()) || "unknown";
    const crc = parseCrc32(info.crc) === 0 ? "unknown" : info.crc;
    return `core ${printable(info.core)}, version ${version}, CRC ${crc}`;
  }
  return fault === "nothing-loaded"
    ? "takes whatever a player has loaded"
    : `says nothing about its core: ${fault === null ? "" : infoFaults[fault]}`;
}

const infoFaults: Record<AskFault, string> = {
  password: `it asks for a password first: ${howToGivePassword}.`,
  "wrong-password": "it has another password.",
  "no-room": "it has no room.",
  full: "it is full.",
  banned: "it bans this address.",
  "old-protocol": "it is older than RetroArch 1.9.1.",
  "not-retroarch": "its handshake is not RetroArch's.",
  closed: "it hung up.",
  silent: "it did not go on in time; try a longer --timeout.",
  refused: "it takes no more connections.",
  timeout: "it takes no more connections.",
  "unknown-host": "its name is not known any more.",
  unreachable: "there is no way to it any more.",
};

/** Nobody there, or somebody else. */
export function exitCodeOf(fault: PokeFault): ExitCode {
  return ["refused", "timeout", "unknown-host", "unreachable"].includes(fault)
    ? exitCodes.noAnswer
    : exitCodes.failed;
}

/** What a failure to reach a host means, and what to do. */
export function explain(fault: PokeFault, address: RoomAddress): string {
  const at = formatRoomAddress(address);
  switch (fault) {
    case "refused":
      return `Nothing listens at ${at}. Is the port right, and is the room still open?`;
    case "timeout":
      return `${at} does not answer. Is the machine on, and is TCP port ${address.port} open in its firewall?`;
    case "unknown-host":
      return `${address.host} is no known host.`;
    case "unreachable":
      return `There is no way to ${at} from here.`;
    case "not-retroarch":
      return `${at} is something else, not RetroArch.`;
    case "closed":
      return `${at} hung up without an answer: it is something else, or the room is gone.`;
    case "silent":
      return `${at} takes connections but says nothing: it is something else, or it hangs.`;
  }
}

function round(ms: number): number {
  return Math.round(ms * 10) / 10;
}
