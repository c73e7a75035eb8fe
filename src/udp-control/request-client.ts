import type { GameQuery } from "../game.ts";
import { lookup } from "node:dns/promises";
import { DgramAsPromised, type SocketAsPromised } from "dgram-as-promised";
import {
  createDeferred,
  fail,
  hasErrorCode,
  ok,
  type Clock,
  type Port,
  type Result,
  type Timer,
} from "../shared/index.ts";
import { decodeReply, encodeRequest } from "./client-codec.ts";
import { REFUSED } from "./request-codec.ts";

interface Address {
  readonly address: string;
  readonly family: number;
}

export interface RequestGameOptions {
  /** Address or name of the server. */
  readonly host: string;
  readonly port: number;
  readonly request: GameQuery;
  readonly clock: Clock;
  /** Time for all copies together. The default covers a host that takes 10 s to start. */
  readonly timeoutMs?: number;
  /** Pause before the first repeat; it doubles up to `MAX_PAUSE_MS`. */
  readonly firstPauseMs?: number;
  /** All addresses of a name; rejects as `dns.lookup` does. Default: the system's resolver. */
  readonly resolve?: (host: string) => Promise<Address[]>;
}

type RequestFailure = "refused" | "no-answer" | "unknown-host";

const TIMEOUT_MS = 12_000;
const FIRST_PAUSE_MS = 500;
const MAX_PAUSE_MS = 2_000;

/**
 * Asks a server for a game until it answers. All copies have the same bytes and the same source port, by which the
 * server knows that they are one request. Only a reply from the address and port asked counts.
 *
 * Of a name's addresses, IPv4 goes first. The next one is asked only when nothing listens at the one before: two
 * addresses of one server that are asked at once would open two sessions.
 *
 * @throws RangeError when a field of the request is too long.
 */
export async function requestGame(options: RequestGameOptions): Promise<Result<Port, RequestFailure>> {
  const bytes = encodeRequest(options.request);
  const addresses = await resolveAddresses(options);
  if (addresses.length === 0) {
    return fail("unknown-host");
  }
  for (const [index, address] of addresses.entries()) {
    const isLast = index === addresses.length - 1;
    const outcome = await askAddress(address, bytes, options, isLast);
    if (outcome !== "unreachable") {
      return outcome;
    }
  }
  return fail("no-answer");
}

type Outcome = Result<Port, "refused" | "no-answer"> | "unreachable";

/**
 * @param persist - Whether to go on when nothing listens there: the server may be about to start.
 */
async function askAddress(
  { address, family }: Address,
  bytes: Uint8Array,
  options: RequestGameOptions,
  persist: boolean,
): Promise<Outcome> {
  const outcome = createDeferred<Outcome>();
  // An answer of the network, mostly that nothing listens there.
  const onError = (): void => {
    if (!persist) {
      outcome.resolve("unreachable");
    }
  };
  const socket = createRequestSocket(family, outcome.resolve, onError);
  const timeout = options.clock.after(options.timeoutMs ?? TIMEOUT_MS, () => {
    outcome.resolve(fail("no-answer"));
  });
  let repeating: Timer | undefined;
  try {
    if (await connect(socket, options.port, address)) {
      repeating = repeat(options, () => {
        // Through the plain socket: the wrapper's `send` knows no connected sockets.
        socket.socket.send(bytes, (error) => {
          if (error !== null) onError();
        });
      });
    } else {
      outcome.resolve(persist ? fail("no-answer") : "unreachable");
    }
    return await outcome.promise;
  } finally {
    timeout.cancel();
    repeating?.cancel();
    await socket.close();
  }
}

function createRequestSocket(
  family: number,
  onReply: (outcome: Result<Port, "refused">) => void,
  onError: () => void,
): SocketAsPromised {
  const socket = DgramAsPromised.createSocket(family === 6 ? "udp6" : "udp4", (message) => {
    const reply = decodeReply(message);
    if (reply.ok) {
      onReply(reply.value === REFUSED ? fail("refused") : ok(reply.value));
    }
  });
  socket.socket.on("error", onError);
  return socket;
}

/** A connected socket gets datagrams of that address and port only. False when there is no way to the address. */
function connect({ socket }: SocketAsPromised, port: number, address: string): Promise<boolean> {
  return new Promise((resolve) => {
    const failed = (): void => {
      resolve(false);
    };
    // A failed bind is an event, a failed connect an argument of the callback (which Node's types leave out).
    socket.once("error", failed);
    socket.connect(port, address, (error?: Error) => {
      socket.off("error", failed);
      resolve(error === undefined);
    });
  });
}

/** Calls `send` now and after ever longer pauses until cancelled. */
function repeat({ clock, firstPauseMs = FIRST_PAUSE_MS }: RequestGameOptions, send: () => void): Timer {
  let timer: Timer | undefined;
  const sendAndPause = (pauseMs: number): void => {
    send();
    timer = clock.after(pauseMs, () => {
      sendAndPause(Math.min(2 * pauseMs, MAX_PAUSE_MS));
    });
  };
  sendAndPause(Math.min(firstPauseMs, MAX_PAUSE_MS));
  return { cancel: () => timer?.cancel() };
}

async function resolveAddresses({
  host,
  resolve = (name) => lookup(name, { all: true }),
}: RequestGameOptions): Promise<Address[]> {
  try {
    const addresses = await resolve(host);
    return addresses.toSorted((a, b) => a.family - b.family);
  } catch (error) {
    if (hasErrorCode(error, "ENOTFOUND", "EAI_AGAIN", "EINVAL")) {
      return [];
    }
    throw error;
  }
}
