import { TokenBucket, type Clock } from "../shared/index.ts";

/** Limits how many lines a log gets, also when strangers cause them. */
export interface LineLimiter {
  /** Whether this line may be written; if not, it is counted. `facts` and `message` are those of the logger. */
  passes(facts: unknown, message: string): boolean;
  /** Reports the lines that are counted and not yet reported. */
  flush(): void;
}

/** Lines that were counted instead of written, by message and, where it has one, reason. */
export type LineCounts = readonly {
  readonly line: string;
  readonly reason?: string;
  readonly count: number;
}[];

/** Enough for hundreds of players who come within a minute, and the limit for a stranger. */
const LINES_AT_ONCE = 100;
const LINES_PER_SECOND = 1;
const WINDOW_MS = 10_000;
/** Messages and reasons are literals of the source, so there are fewer. Kinds beyond this number are counted together. */
const MAX_KINDS = 200;
const OTHERS = "other lines";

/**
 * Limits each kind of line by itself, so that a flood of one cannot hide another. The kind is the line's fixed sentence. Lines that are
 * not written are counted, and the counts are reported every ten seconds: only details are lost.
 */
export function createLineLimiter(clock: Clock, tell: (counts: LineCounts) => void): LineLimiter {
  const buckets = new Map<string, TokenBucket>();
  const counter = createLineCounter(clock, tell);
  return {
    passes(facts, message) {
      const kind = buckets.has(message) || buckets.size < MAX_KINDS ? message : OTHERS;
      const bucket = buckets.get(kind) ?? new TokenBucket(LINES_PER_SECOND, LINES_AT_ONCE, clock.now());
      buckets.set(kind, bucket);
      if (bucket.take(1, clock.now())) {
        return true;
      }
      counter.add(message, reasonIn(facts));
      return false;
    },
    flush: counter.flush,
  };
}

interface LineCounter {
  readonly add: (line: string, reason: string | undefined) => void;
  readonly flush: () => void;
}

function createLineCounter(clock: Clock, tell: (counts: LineCounts) => void): LineCounter {
  const counts = new Map<string, { readonly line: string; readonly reason?: string; count: number }>();
  const flush = (): void => {
    if (counts.size > 0) {
      const counted = [...counts.values()];
      counts.clear();
      tell(counted);
    }
  };
  return {
    add(line, reason) {
      const exact = `${line}\n${reason ?? ""}`;
      const key = counts.has(exact) || counts.size < MAX_KINDS ? exact : OTHERS;
      const known = counts.get(key);
      if (known !== undefined) {
        known.count++;
        return;
      }
      if (counts.size === 0) {
        clock.after(WINDOW_MS, flush);
      }
      counts.set(
        key,
        key === OTHERS ? { line: OTHERS, count: 1 } : { line, ...withReason(reason), count: 1 },
      );
    },
    flush,
  };
}

function withReason(reason: string | undefined): { readonly reason?: string } {
  return reason === undefined ? {} : { reason };
}

function reasonIn(facts: unknown): string | undefined {
  const reason = typeof facts === "object" && facts !== null && "reason" in facts ? facts.reason : undefined;
  return typeof reason === "string" ? reason : undefined;
}
