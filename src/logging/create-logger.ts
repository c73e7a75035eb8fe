import { pino } from "pino";
import { build as pretty } from "pino-pretty";
import { printable, printableLines, type Logger } from "../shared/index.ts";

export interface LoggerOptions {
  readonly level: string;
  /** Coloured lines for a person at a terminal; JSON lines otherwise. */
  readonly pretty: boolean;
}

/** Writes to standard output, synchronously: the last line before a crash is the one that is needed. */
export function createLogger(options: LoggerOptions): Logger {
  const destination = options.pretty ? createTerminal() : pino.destination({ dest: 1, sync: true });
  return pino({ level: options.level, timestamp: pino.stdTimeFunctions.isoTime }, destination);
}

/** Shows lines to a person. Names and reasons in them come from files, players and hosts: nothing may reach the terminal as a command. */
function createTerminal(): { readonly write: (line: string) => void } {
  const stream = pretty({ sync: true, ignore: "pid,hostname", translateTime: "SYS:HH:MM:ss.l" });
  const toShown = (key: string, value: unknown): unknown => {
    if (typeof value !== "string") {
      return value;
    }
    return key === "stack" ? printableLines(value) : printable(value);
  };
  return {
    write(line) {
      stream.write(`${JSON.stringify(JSON.parse(line, toShown))}\n`);
    },
  };
}

/** For callers that want no log, tests above all. */
export function createSilentLogger(): Logger {
  return pino({ level: "silent" });
}

/** Keeps its lines, as objects, for a caller that looks for a reason in them. */
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
