const KIB = 1024;
const MIB = 1024 * KIB;

/** What is limited by rate. */
export const FLOWS = ["bytes", "messages", "inflatedBytes", "workMs"] as const;
export type Flow = (typeof FLOWS)[number];

/** `burst` at once, then so much a second. */
export type FlowLimits = Readonly<Record<Flow, { readonly perSecond: number; readonly burst: number }>>;

export interface AccountLimits {
  /** Part of the memory of the process that may be held at once. */
  readonly memoryShare: number;
  readonly flows: FlowLimits;
}

const UNLIMITED = { perSecond: Number.MAX_SAFE_INTEGER, burst: Number.MAX_SAFE_INTEGER };

/** The connections of one address, or of one room. */
const SEVERAL = {
  memoryShare: 1 / 2,
  flows: {
    bytes: { perSecond: 64 * MIB, burst: 256 * MIB },
    messages: { perSecond: 64_000, burst: 128_000 },
    inflatedBytes: { perSecond: 8 * MIB, burst: 128 * MIB },
    workMs: { perSecond: 120, burst: 120 },
  },
} as const;

/**
 * Every budget of the gateway. `bytes` are those that come in. `messages` are what a remote host says on its links.
 * `workMs` is time of the event loop: a connection in a game takes about 2 ms a second; a relayed room of sixteen
 * clients, each with its link, about 60; and one savestate of 16 MiB about 100 at once. An account over the limit of a
 * flow is not read from until it is within the limit again. One over its share of memory loses its slowest reader.
 */
export const BUDGETS = {
  connection: {
    memoryShare: 1 / 4,
    flows: {
      bytes: { perSecond: 32 * MIB, burst: 128 * MIB },
      messages: { perSecond: 8_000, burst: 32_000 },
      inflatedBytes: { perSecond: 4 * MIB, burst: 64 * MIB },
      workMs: { perSecond: 60, burst: 120 },
    },
  },
  address: SEVERAL,
  room: SEVERAL,
  /** All relayed rooms together. They leave enough for the server's own rooms. */
  relay: {
    memoryShare: 1 / 2,
    flows: {
      bytes: UNLIMITED,
      messages: UNLIMITED,
      inflatedBytes: UNLIMITED,
      workMs: { perSecond: 300, burst: 120 },
    },
  },
  process: {
    memoryShare: 1,
    flows: {
      bytes: { perSecond: 256 * MIB, burst: 512 * MIB },
      messages: { perSecond: 256_000, burst: 512_000 },
      inflatedBytes: { perSecond: 32 * MIB, burst: 256 * MIB },
      workMs: { perSecond: 600, burst: 120 },
    },
  },
} as const satisfies Record<string, AccountLimits>;

/** A connection that takes no more of the event loop than this is not held back when all connections together take too much. */
export const ASSURED_WORK = { perSecond: 8, burst: 40 } as const;

/** What all connections together may hold in memory, unless the configuration says otherwise. */
export const DEFAULT_MEMORY_BYTES = 256 * MIB;
