import { anyAddress, anyClient, type StreamOptions } from "./client-streams.ts";
import { anyOwner } from "./owner-streams.ts";
import { Random } from "./random.ts";
import type { Batch, ClientStream, EntryPoint } from "./stream.ts";

/** Longer than the gateway waits for a client that does not read. */
const LONG_STAY_MS = 13_000;

/** Streams that are played at the same time, for a few seconds. The same seed, number and options give the same bytes. */
export function makeBatch(seed: number, number: number, options: StreamOptions): Batch {
  const random = new Random(seed).fork(number);
  const owners = random.list(
    random.weighted([
      [40, 0],
      [40, 1],
      [20, 2],
    ]),
    (index) => anyOwner(random.fork(index), options.game, options.except),
  );
  const relayed = owners.flatMap((_, owner) =>
    random.list(random.between(1, 4), (): EntryPoint => ({ at: "relayed-room", owner })),
  );
  const hosted = random.list(random.between(3, 12), (): EntryPoint => anyEntryPoint(random));
  const common = commonTraits(random.fork(99));
  const clients = [...relayed, ...hosted].map((entryPoint, index) => ({
    ...anyClient(random.fork(100 + index), entryPoint, options),
    ...common,
  }));
  return [...owners, ...clients];
}

/** Settings for all clients of a batch: sometimes they stay for long, or share one address. */
function commonTraits(random: Random): Partial<Pick<ClientStream, "address" | "staysMs">> {
  return {
    ...(random.chance(0.12) ? { staysMs: LONG_STAY_MS } : {}),
    ...(random.chance(0.15) ? { address: anyAddress(random) } : {}),
  };
}

function anyEntryPoint(random: Random): EntryPoint {
  return random.weighted<EntryPoint>([
    [70, { at: "session-port" }],
    [15, { at: "netplay-port" }],
    [15, { at: "session-id" }],
  ]);
}
