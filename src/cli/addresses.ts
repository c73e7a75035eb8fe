import { InvalidArgumentError } from "commander";
import { DEFAULT_CONTROL_PORT } from "../config.ts";
import { DEFAULT_NETPLAY_PORT } from "../netplay/index.ts";
import { formatAddress, sessionIdFromBytes, type SessionId } from "../shared/index.ts";

export interface ServerAddress {
  readonly host: string;
  readonly port: number;
}

/** What a player would type to get there. */
export interface RoomAddress extends ServerAddress {
  readonly session: SessionId | undefined;
}

/** The address of a control port. @throws InvalidArgumentError when it is none. */
export function parseServerAddress(text: string): ServerAddress {
  return parseAddress(text, DEFAULT_CONTROL_PORT);
}

/** How the help describes what `parseRoomAddress` reads. */
export const ROOM_ADDRESS = `port: ${DEFAULT_NETPLAY_PORT} by default; session: 16 characters`;

/**
 * Reads `HOST[:PORT][/SESSION]`. A session's id may itself hold a slash: all behind the first one is the id.
 *
 * @throws InvalidArgumentError for anything else.
 */
export function parseRoomAddress(text: string): RoomAddress {
  const slash = text.indexOf("/");
  if (slash === -1) {
    return { ...parseAddress(text, DEFAULT_NETPLAY_PORT), session: undefined };
  }
  const id = text.slice(slash + 1);
  const session = sessionIdFromBytes(Buffer.from(id, "base64"));
  if (session === undefined || session !== id) {
    throw new InvalidArgumentError(
      "Behind the slash stands a session's id: 16 characters (letters, digits, + and /), as `sessions` shows it.",
    );
  }
  return { ...parseAddress(text.slice(0, slash), DEFAULT_NETPLAY_PORT), session };
}

export function formatRoomAddress({ host, port, session }: RoomAddress): string {
  return `${formatAddress(host, port)}${session === undefined ? "" : `/${session}`}`;
}

/** Reads `HOST`, `HOST:PORT`, `[IPv6]:PORT` or a bare IPv6 address. @throws InvalidArgumentError for anything else. */
function parseAddress(text: string, defaultPort: number): ServerAddress {
  const [, bracketed, plain, digits] = /^(?:\[([^\]]+)\]|([^:]+))(?::(\d+))?$/.exec(text) ?? [];
  const host = bracketed ?? plain ?? (/^[0-9a-f:.]*:[0-9a-f:.]*:/i.test(text) ? text : "");
  if (host === "") {
    throw new InvalidArgumentError("Expected HOST or HOST:PORT, an IPv6 address with a port in brackets.");
  }
  return { host, port: digits === undefined ? defaultPort : parsePort(digits) };
}

/** @throws InvalidArgumentError when the text is no port. */
export function parsePort(text: string): number {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port < 1 || port > 65535) {
    throw new InvalidArgumentError("Expected a port from 1 to 65535.");
  }
  return port;
}
