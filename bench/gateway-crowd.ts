// Plays many rooms at once for `bench:gateway`, in a process of its own that is controlled by messages (gateway/crowd.ts).
import { describeError } from "../src/shared/index.ts";
import type { CrowdAnswer, CrowdOrder } from "./gateway/crowd.ts";
import { allArrived } from "./gateway/probe.ts";
import { inShortTicks, runSchedule, Stream, streamsOf, type Schedule } from "./gateway/stream.ts";
import { openPairs } from "./gateway/target.ts";

interface Opened {
  readonly streams: readonly Stream[];
  readonly streamsPerRoom: number;
}

const opened = new Map<string, Opened>();
let playing:
  { readonly streams: readonly Stream[]; readonly schedule: Schedule; readonly before: number } | undefined;

process.on("message", (order: CrowdOrder) => {
  obey(order).then(
    (received) => process.send?.({ received } satisfies CrowdAnswer),
    (error: unknown) => process.send?.({ error: describeError(error) } satisfies CrowdAnswer),
  );
});
process.once("disconnect", () => process.exit());

async function obey(order: CrowdOrder): Promise<number> {
  switch (order.type) {
    case "open": {
      const pairs = await openPairs(order.target, order.rooms, order.clients);
      const streams = streamsOf(pairs, (...ends) => new Stream(...ends));
      opened.set(order.name, { streams, streamsPerRoom: order.clients * 2 });
      return 0;
    }
    case "play": {
      const { streams, streamsPerRoom } = opened.get(order.name) ?? { streams: [], streamsPerRoom: 0 };
      const some = streams.slice(0, order.rooms * streamsPerRoom);
      playing = {
        streams: some,
        schedule: runSchedule(some, inShortTicks, () => undefined),
        before: receivedBy(some),
      };
      return 0;
    }
    case "pause": {
      if (playing === undefined) {
        return 0;
      }
      const { streams, schedule, before } = playing;
      schedule.stop();
      await allArrived(streams);
      return receivedBy(streams) - before;
    }
  }
}

function receivedBy(streams: readonly Stream[]): number {
  return streams.reduce((sum, { received }) => sum + received, 0);
}
