import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { Option, type Command } from "commander";
import { tryHosting } from "../app/index.ts";
import { parseConfig } from "../config.ts";
import { detectRetroArch, type ClientSetup } from "../installation/index.ts";
import { DEFAULT_NETPLAY_PORT } from "../netplay/index.ts";
import { askInfo, judgeAcceptance, type AskFault, type PlayerSide } from "../probe/index.ts";
import type { RetroArchVersion } from "../retroarch/index.ts";
import { type Crc32, printable, systemClock } from "../shared/index.ts";
import { addClientOptions, findClient, type ClientOptions } from "./client.ts";
import { CommandFailure, exitCodes, type ExitCode } from "./exit-codes.ts";
import { say } from "./output.ts";
import { addPasswordOption, howToGivePassword, readPassword, type PasswordOptions } from "./password.ts";
import { exitCodeOf, explain, parseRoomAddress, toTarget, type RoomAddress } from "./probe.ts";
import { describeContent } from "./request.ts";
import { parsePort } from "./server-address.ts";

interface CheckOptions extends ClientOptions, PasswordOptions {
  readonly server: RoomAddress;
  readonly port?: number;
  readonly coreVersion: string;
}

type ProbeAnswer = Extract<Awaited<ReturnType<typeof askInfo>>, { ok: true }>["value"];

/** A server that takes what players bring may have to start a host first; a stock client waits 11 s. */
const TIMEOUT_MS = 11_000;

export function addCheckCommand(program: Command): void {
  const command = program
    .command("check")
    .summary("would this content with this core be accepted there?")
    .description(
      "Compares your core, its version, the content's CRC, your core's info file and your RetroArch with what a room announces, and says in one line what to change. When the versions differ it looks on for a moment as a spectator, to compare the savestates.",
    )
    .argument("<content>", "content file, or archive.zip#member")
    .requiredOption("--core <name>", "the core's library name, e.g. Nestopia")
    .requiredOption(
      "--server <host[:port][/session]>",
      `port: ${DEFAULT_NETPLAY_PORT} by default`,
      parseRoomAddress,
    )
    .option("--port <port>", "the same as in the address", parsePort)
    .addOption(
      new Option("--core-version <version>", "your core's version").default("", "your RetroArch tells it"),
    );
  addPasswordOption(addClientOptions(command))
    .addHelpText(
      "after",
      "\nExit codes: 0 accepted, 1 something else is there, 2 wrong usage, 3 refused, 4 nobody is there.",
    )
    .action(check);
}

async function check(content: string, options: CheckOptions): Promise<void> {
  const setup = await findClient(options);
  const { crc } = await describeContent(content, options);
  const player = await describePlayer(setup, path.resolve(content), crc, options);
  const address = { ...options.server, port: options.port ?? options.server.port };
  const ask = { address, player, password: readPassword(options) };
  const asked = await askServer(ask, false);
  if (asked.info === undefined) {
    throw new CommandFailure(exitCodes.failed, "The server does not say what it hosts.");
  }
  const differs = asked.info.coreVersion.trim() !== player.coreVersion.trim();
  const hasSlot = asked.info.crc === player.crc;
  const state =
    differs && hasSlot && player.stateSizeBytes !== undefined
      ? (await askServer(ask, true)).state
      : undefined;
  const { info } = asked;
  const byId = address.session !== undefined;
  // Behind an id is one room, with one game: a fixed one asks first as well.
  const takesWhatComes = asked.takesWhatComes && !byId;
  const problem = judgeAcceptance(player, {
    info,
    takesWhatComes,
    byId,
    stateSizeBytes: state?.stateSizeBytes,
  });
  if (problem !== undefined) {
    throw new CommandFailure(exitCodes.refused, printable(problem));
  }
  say(printable(`Accepted: ${asked.info.coreName} ${asked.info.coreVersion.trim()} hosts this content.`));
}

interface Question {
  readonly address: RoomAddress;
  readonly player: PlayerSide;
  readonly password: string | undefined;
}

/** @throws CommandFailure unless the server answers. */
async function askServer(question: Question, upToState: boolean): Promise<ProbeAnswer> {
  const { core, coreVersion, crc } = question.player;
  const own = { core, coreVersion, crc };
  const asked = await askInfo({
    ...toTarget(question.address),
    timeoutMs: TIMEOUT_MS,
    answer: own,
    upToState: upToState ? own : undefined,
    // A player may leave the field empty as well: where words name rooms, that is the public one.
    password: question.password ?? "",
  });
  if (asked.ok) {
    return asked.value;
  }
  throw new CommandFailure(...explainFault(asked.reason, question));
}

function explainFault(fault: AskFault, { address, password }: Question): [ExitCode, string] {
  switch (fault) {
    case "full":
      return [exitCodes.refused, "It is full: try again later."];
    case "banned":
      return [exitCodes.refused, "The server bans this address."];
    case "password":
    case "wrong-password":
      return [
        exitCodes.refused,
        password === undefined
          ? `The room asks for a password: ask whoever opened it, and ${howToGivePassword}.`
          : "The room has another password: ask whoever opened it.",
      ];
    case "old-protocol":
      return [exitCodes.refused, "The server speaks no netplay protocol that we know."];
    case "no-room":
      return [
        exitCodes.refused,
        "The server has no room for it now: all are taken, or a host did not start. Its log has the reason; try again later.",
      ];
    default:
      return [exitCodeOf(fault), explain(fault, address)];
  }
}

async function describePlayer(
  setup: ClientSetup,
  content: string,
  crc: Crc32,
  { core, coreVersion }: CheckOptions,
): Promise<PlayerSide> {
  const retroarch = await detectRetroArch(setup.binary);
  if (!retroarch.ok) {
    throw new CommandFailure(exitCodes.failed, retroarch.reason);
  }
  const known = { core, crc, retroarch: retroarch.value.text, gateOpen: setup.appendConfig === undefined };
  return coreVersion === ""
    ? { ...known, ...(await learnVersion(setup, core, content, crc, retroarch.value)) }
    : { ...known, coreVersion, stateSizeBytes: undefined };
}

/** The player's own RetroArch hosts the content for a moment, on loopback: only so does a library tell its version. */
async function learnVersion(
  { binary, library }: ClientSetup,
  core: string,
  content: string,
  crc: Crc32,
  retroarch: RetroArchVersion,
): Promise<Pick<PlayerSide, "coreVersion" | "stateSizeBytes">> {
  const folder = await mkdtemp(path.join(tmpdir(), "netplayd-check-"));
  try {
    const text = JSON.stringify({
      retroarch: { binary },
      cores: [{ name: core, library, netplay: "allow" }],
    });
    const config = parseConfig(text, folder);
    const [entry] = config.ok ? config.value.cores : [];
    if (!config.ok || entry === undefined) {
      return { coreVersion: "", stateSizeBytes: undefined };
    }
    const game = { name: path.basename(content), core: entry, content, crc };
    const parts = { clock: systemClock, retroarch, upToState: true, sessionsDir: folder };
    const tried = await tryHosting(config.value, game, parts);
    return tried.ok
      ? {
          coreVersion: tried.value.info.coreVersion.trim(),
          stateSizeBytes: tried.value.state?.stateSizeBytes,
        }
      : { coreVersion: "", stateSizeBytes: undefined };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
