import path from "node:path";
import { Option, type Command } from "commander";
import { tryOwnCore } from "../app/index.ts";
import { detectRetroArch } from "../installation/index.ts";
import { DEFAULT_NETPLAY_PORT } from "../netplay/index.ts";
import { checkRoom, type AskFault, type PlayerSide } from "../probe/index.ts";
import { printable } from "../shared/index.ts";
import { parsePort, parseRoomAddress, type RoomAddress } from "./addresses.ts";
import { addClientOptions, findClient, type ClientOptions } from "./client.ts";
import { CommandFailure, exitCodes, unwrap, type ExitCode } from "./exit-codes.ts";
import { CONTENT, coreOption, type GameOptions } from "./options.ts";
import { say } from "./output.ts";
import { howToGivePassword, passwordOption, readPassword, type PasswordOptions } from "./password.ts";
import { exitCodeOf, explain, toTarget } from "./probe.ts";
import { describeContent } from "./request.ts";

interface CheckOptions extends ClientOptions, GameOptions, PasswordOptions {
  readonly server: RoomAddress;
  readonly port?: number;
}

export function addCheckCommand(program: Command): void {
  const command = program
    .command("check")
    .summary("would this content with this core be accepted there?")
    .description(
      "Compares your core, its version, the content's CRC, your core's info file and your RetroArch with what a room announces, and says in one line what to change. When the versions differ it looks on for a moment as a spectator, to compare the savestates.",
    )
    .argument("<content>", CONTENT)
    .addOption(coreOption)
    .requiredOption(
      "--server <host[:port][/session]>",
      `port: ${DEFAULT_NETPLAY_PORT} by default`,
      parseRoomAddress,
    )
    .option("--port <port>", "the same as in the address", parsePort)
    .addOption(
      new Option("--core-version <version>", "your core's version").default("", "your RetroArch tells it"),
    );
  addClientOptions(command)
    .addOption(passwordOption)
    .addHelpText(
      "after",
      "\nExit codes: 0 accepted, 1 something else is there, 2 wrong usage, 3 refused, 4 nobody is there.",
    )
    .action(check);
}

async function check(content: string, options: CheckOptions): Promise<void> {
  const player = await describePlayer(content, options);
  const address = { ...options.server, port: options.port ?? options.server.port };
  const password = readPassword(options);
  const byId = address.session !== undefined;
  const checked = await checkRoom({ ...toTarget(address), player, byId, password });
  if (checked.ok) {
    const { coreName, coreVersion } = checked.value;
    say(printable(`Accepted: ${coreName} ${coreVersion.trim()} hosts this content.`));
  } else if ("problem" in checked.reason) {
    throw new CommandFailure(exitCodes.refused, printable(checked.reason.problem));
  } else {
    throw new CommandFailure(...explainFault(checked.reason.fault, address, password));
  }
}

function explainFault(
  fault: AskFault | "nothing-loaded",
  address: RoomAddress,
  password: string | undefined,
): [ExitCode, string] {
  switch (fault) {
    case "nothing-loaded":
      return [exitCodes.failed, "The server does not say what it hosts."];
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

/** @throws CommandFailure when the content, the core or RetroArch is not here. */
async function describePlayer(content: string, options: CheckOptions): Promise<PlayerSide> {
  const { core, coreVersion } = options;
  const { binary, library, appendConfig } = await findClient(options);
  const { crc } = await describeContent(content, options);
  const retroarch = unwrap(await detectRetroArch(binary));
  const known = { core, crc, retroarch: retroarch.text, gateOpen: appendConfig === undefined };
  if (coreVersion !== "") {
    return { ...known, coreVersion, stateSizeBytes: undefined };
  }
  const tried = await tryOwnCore({ binary, retroarch, library, core, content: path.resolve(content), crc });
  const version = tried?.info.coreVersion.trim() ?? "";
  return { ...known, coreVersion: version, stateSizeBytes: tried?.state?.stateSizeBytes };
}
