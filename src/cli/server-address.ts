import { InvalidArgumentError } from "commander";
import { DEFAULT_CONTROL_PORT } from "../config.ts";
import { DEFAULT_NETPLAY_PORT } from "../netplay/index.ts";

export interface ServerAddress {
  readonly host: string;
  readonly port: number;
}

/** The address of a control port. @throws InvalidArgumentError when it is none. */
export function parseServerAddress(text: string): ServerAddress {
  return parseAddress(text, DEFAULT_CONTROL_PORT);
}

/** The address of a port that RetroArch connects to. @throws InvalidArgumentError when it is none. */
export function parseNetplayAddress(text: string): ServerAddress {
  return parseAddress(text, DEFAULT_NETPLAY_PORT);
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
