import { pino } from "pino";
import { prettyFactory } from "pino-pretty";
import { printable, printableLines, type Clock, type Logger } from "../shared/index.ts";
import { createLineLimiter } from "./line-limiter.ts";
import { LogOutput, standardOutput } from "./log-output.ts";

export interface LoggerOptions {
  readonly level: string;
  /** Coloured lines for a person at a terminal; JSON lines otherwise. */
  readonly pretty: boolean;
  readonly clock: Clock;
}

/**
 * Writes to standard output, and never waits for it: its reader may be slow, gone, or out of space. Each kind of line
 * has a limit. The last lines of a process are written when it ends.
 */
export function createLogger({ level, pretty, clock }: LoggerOptions): Logger {
  const output = new LogOutput(standardOutput(), clock, (lines) => {
    logger.warn({ lines }, "lines of this log were lost: it could not be written as fast as they came");
  });
  const limiter = createLineLimiter(clock, (counts) => {
    logger.info({ counts }, "more lines like these");
  });
  const logger = pino(
    {
      level,
      timestamp: pino.stdTimeFunctions.isoTime,
      hooks: {
        logMethod(args, method) {
          const [facts, message] = args as [unknown, unknown];
          const text = typeof facts === "string" ? facts : message;
          if (limiter.passes(facts, typeof text === "string" ? text : "")) {
            method.apply(this, args);
          }
        },
      },
    },
    pretty ? createTerminal(output) : output,
  );
  process.once("exit", () => {
    limiter.flush();
    output.writeLast();
  });
  return logger;
}

/** Shows lines to a person. Names and reasons come from files, players and hosts, so control characters are escaped. */
function createTerminal(output: LogOutput): { readonly write: (line: string) => void } {
  const toText = prettyFactory({
    ignore: "pid,hostname",
    translateTime: "SYS:HH:MM:ss.l",
  });
  const toShown = (key: string, value: unknown): unknown => {
    if (typeof value !== "string") {
      return value;
    }
    return key === "stack" ? printableLines(value) : printable(value);
  };
  return {
    write(line) {
      const text: unknown = toText(JSON.parse(line, toShown));
      output.write(typeof text === "string" ? text : line);
    },
  };
}

/** For callers that want no log, tests above all. */
export function createSilentLogger(): Logger {
  return pino({ level: "silent" });
}

/** Stores its lines as objects, for a caller that reads reasons from them. */
export function createMemoryLogger(level: string): {
  readonly logger: Logger;
  readonly lines: readonly Record<string, unknown>[];
} {
  const lines: Record<string, unknown>[] = [];
  const write = (line: string): void => {
    lines.push(JSON.parse(line) as Record<string, unknown>);
  };
  return { logger: pino({ level }, { write }), lines };
}
