/** The actions of one connection, as data: the same streams can be replayed, whole or in part. */
export type Step =
  /** Bytes in pieces, each written by itself, with a pause between them. `label` describes them. */
  | {
      readonly type: "write";
      readonly label: string;
      readonly chunks: readonly Buffer[];
      readonly gapMs: number;
    }
  /** Input for the frame that is due, or for one that is this number of frames later. */
  | { readonly type: "input"; readonly frameOffset: number; readonly words: readonly number[] }
  /** Whether the client sends input for each frame of the host while it plays, as a stock client does. */
  | { readonly type: "steady"; readonly on: boolean }
  | { readonly type: "wait"; readonly until: Milestone; readonly deadlineMs: number }
  | { readonly type: "pause"; readonly ms: number }
  | { readonly type: "read"; readonly on: boolean }
  | { readonly type: "end"; readonly how: "half-close" | "reset" | "close" };

export type Milestone = "header" | "info" | "second-info" | "sync" | "playing";

/** The port that a client uses. `relayed` is the number of an owner in the batch. */
export type EntryPoint =
  | { readonly at: "session-port" }
  | { readonly at: "netplay-port" }
  | { readonly at: "session-id" }
  | { readonly at: "relayed-room"; readonly owner: number };

export interface ClientStream {
  readonly type: "client";
  /** Address to connect from, of 127.0.0.0/8. */
  readonly address: string;
  readonly entryPoint: EntryPoint;
  readonly startMs: number;
  /** How long it repeats its steps; 0: it plays them once. */
  readonly staysMs: number;
  /** Header, nickname, INFO: never removed when a batch is made smaller. */
  readonly opening: readonly Step[];
  readonly steps: readonly Step[];
}

/** Bytes that the owner of a relayed room writes, on its control connection or on a link of a client. */
export interface OwnerStep {
  readonly on: "control" | { readonly linkNumber: number };
  readonly label: string;
  readonly chunks: readonly Buffer[];
  readonly gapMs: number;
  /** How often it is written. */
  readonly times: number;
}

export interface OwnerStream {
  readonly type: "owner";
  readonly address: string;
  /** Its highest protocol. */
  readonly protocol: number;
  /** Answers the clients' header with these bytes instead of its own. */
  readonly headerAnswer?: Buffer;
  readonly sram: Buffer;
  readonly answersPings: boolean;
  readonly steps: readonly OwnerStep[];
}

export type Stream = ClientStream | OwnerStream;

/** Streams that run at the same time. Owners stand before their clients. */
export type Batch = readonly Stream[];

/** The part of a batch that is played: for each stream its steps. */
export type Selection = ReadonlyMap<number, readonly number[]>;

export function everything(batch: Batch): Selection {
  return new Map(batch.map(({ steps }, index) => [index, [...steps.keys()]]));
}

/** The form of the command line: `3:0,4/7:` is stream 3 with its steps 0 and 4, and stream 7 without steps. */
export function formatSelection(selection: Selection): string {
  return [...selection].map(([stream, steps]) => `${stream}:${steps.join()}`).join("/");
}

export function parseSelection(text: string): Selection {
  return new Map(
    text.split("/").map((part) => {
      const match = /^(\d+):((?:\d+(?:,\d+)*)?)$/.exec(part);
      if (match === null) {
        throw new RangeError(`"${part}" is not STREAM:STEP,STEP`);
      }
      const [, stream = "", steps = ""] = match;
      return [Number(stream), steps === "" ? [] : steps.split(",").map(Number)];
    }),
  );
}
