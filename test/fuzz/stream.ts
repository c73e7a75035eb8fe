/** What one connection does, as data: the same streams can be played again, whole or in part. */
export type Step =
  /** Bytes in these pieces, each written by itself, with a pause between them. `label` says what they are. */
  | {
      readonly type: "write";
      readonly label: string;
      readonly chunks: readonly Buffer[];
      readonly gapMs: number;
    }
  /** Input for the frame that is due, or for one so many frames later. */
  | { readonly type: "input"; readonly frameOffset: number; readonly words: readonly number[] }
  /** Whether the client sends input for each frame of the host's while it plays, as a stock one does. */
  | { readonly type: "steady"; readonly on: boolean }
  | { readonly type: "wait"; readonly until: Milestone; readonly deadlineMs: number }
  | { readonly type: "pause"; readonly ms: number }
  | { readonly type: "read"; readonly on: boolean }
  | { readonly type: "end"; readonly how: "half-close" | "reset" | "close" };

export type Milestone = "header" | "info" | "second-info" | "sync" | "playing";

/** Where a client comes in. `relayed` counts the owners of the batch. */
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
  /** For so long it begins again and again with its steps; 0: it goes through them once. */
  readonly staysMs: number;
  /** Header, nickname, INFO: never left out when a batch is made smaller. */
  readonly opening: readonly Step[];
  readonly steps: readonly Step[];
}

/** What the owner of a relayed room writes, on its control connection or on a link of the clients that are in. */
export interface OwnerStep {
  readonly on: "control" | { readonly linkNumber: number };
  readonly label: string;
  readonly chunks: readonly Buffer[];
  readonly gapMs: number;
  /** How often, one after the other. */
  readonly times: number;
}

export interface OwnerStream {
  readonly type: "owner";
  readonly address: string;
  /** The protocol that it hosts with at most. */
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

/** What of a batch is played: stream by stream the steps that are. */
export type Selection = ReadonlyMap<number, readonly number[]>;

export function everything(batch: Batch): Selection {
  return new Map(batch.map(({ steps }, index) => [index, [...steps.keys()]]));
}

/** As the command line takes it: `3:0,4/7:` is stream 3 with its steps 0 and 4, and stream 7 without any. */
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
