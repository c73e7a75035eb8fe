import { anyClient, type StreamOptions } from "./client-streams.ts";
import { anyOwner } from "./owner-streams.ts";
import { Random } from "./random.ts";
import type { Batch, Entrance, Stream } from "./stream.ts";

/** What strangers do at the same time, for a few seconds. The same seed, number and options give the same bytes. */
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
    random.list(random.between(1, 4), (): Entrance => ({ at: "relayed-room", owner })),
  );
  const hosted = random.list(random.between(3, 12), (): Entrance => anyEntrance(random));
  const clients: Stream[] = [...relayed, ...hosted].map((entrance, index) =>
    anyClient(random.fork(100 + index), entrance, options),
  );
  return [...owners, ...clients];
}

function anyEntrance(random: Random): Entrance {
  return random.weighted<Entrance>([
    [70, { at: "session-port" }],
    [15, { at: "netplay-port" }],
    [15, { at: "session-id" }],
  ]);
}
