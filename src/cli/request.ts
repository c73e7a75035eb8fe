import type { GameQuery } from "../game.ts";
import path from "node:path";
import type { Command } from "commander";
import { contentCrc } from "../catalog/index.ts";
import { formatAddress, parseCrc32, systemClock, toCrc32, type Port } from "../shared/index.ts";
import { requestGame } from "../udp-control/index.ts";
import type { ServerAddress } from "./addresses.ts";
import { CommandFailure, exitCodes, unwrap } from "./exit-codes.ts";
import {
  CONTENT,
  coreOption,
  jsonOption,
  requestCoreVersionOption,
  requestTimeoutOption,
  serverOption,
  type GameOptions,
} from "./options.ts";
import { printJson, type JsonOptions } from "./output.ts";

/** What `request` and `play` ask for, and where. */
export interface WantedOptions extends GameOptions {
  readonly server: ServerAddress;
  /** Seconds. */
  readonly timeout: number;
}

interface RequestOptions extends WantedOptions, JsonOptions {
  readonly crc?: string;
  readonly base?: string;
  readonly game?: string;
}

export function addRequestCommand(program: Command): void {
  program
    .command("request")
    .summary("ask a server to host a game; prints the port")
    .description(
      "Asks a server to host a game and prints the port on which players join. Names the game by a content file, or by --crc and --base.",
    )
    .argument("[content]", CONTENT)
    .addOption(coreOption)
    .addOption(serverOption)
    .addOption(requestCoreVersionOption)
    .option("--crc <hex>", "CRC-32 of the content as RetroArch announces it, instead of a file")
    .option("--base <name>", "file name without folder and extension; default: the content file's")
    .option("--game <name>", "name of the game for the server's log and for cores matched by name")
    .addOption(jsonOption)
    .addOption(requestTimeoutOption)
    .addHelpText("after", "\nExit codes: 0 hosted, 2 wrong usage, 3 refused, 4 nobody answered.")
    .action(async (content: string | undefined, options: RequestOptions) => {
      const port = await ask(await toQuery(content, options), options);
      if (options.json) {
        printJson({ host: options.server.host, port });
      } else {
        console.log(port);
      }
    });
}

/** @throws CommandFailure unless the server hosts the game. */
export async function ask(
  request: GameQuery,
  { server, timeout }: Pick<WantedOptions, "server" | "timeout">,
): Promise<Port> {
  const answer = await requestGame({ ...server, request, clock: systemClock, timeoutMs: timeout * 1000 });
  if (answer.ok) {
    return answer.value;
  }
  const at = formatAddress(server.host, server.port);
  switch (answer.reason) {
    case "refused":
      throw new CommandFailure(
        exitCodes.refused,
        `${at} refused. Its log has the reason: the core or the game is not in its catalog, or it is full.`,
      );
    case "no-answer":
      throw new CommandFailure(
        exitCodes.noAnswer,
        `${at} does not answer within ${timeout} s. Is netplayd running there, and is UDP port ${server.port} open in its firewall?`,
      );
    case "unknown-host":
      throw new CommandFailure(exitCodes.noAnswer, `${server.host} is no known host.`);
  }
}

async function toQuery(content: string | undefined, options: RequestOptions): Promise<GameQuery> {
  if (content === undefined && options.crc === undefined && options.base === undefined) {
    throw new CommandFailure(exitCodes.usage, "Name the game: a content file, or --crc, or --base.");
  }
  const described = content === undefined ? undefined : await describeContent(content, options);
  const crc = options.crc === undefined ? (described?.crc ?? toCrc32(0)) : parseCrc32(options.crc);
  if (crc === undefined) {
    throw new CommandFailure(
      exitCodes.usage,
      `--crc ${options.crc ?? ""} is no CRC-32: expected up to 8 hex digits.`,
    );
  }
  return {
    core: options.core,
    coreVersion: options.coreVersion,
    game: options.game ?? "",
    base: options.base ?? described?.base ?? "",
    crc,
  };
}

/** The request for a content file of the player's own. @throws CommandFailure when the file cannot be read. */
export async function describeContent(
  content: string,
  { core, coreVersion }: GameOptions,
): Promise<GameQuery> {
  const { base, crc } = unwrap(await contentCrc(path.resolve(content)), exitCodes.usage);
  return { core, coreVersion, game: "", base, crc };
}
