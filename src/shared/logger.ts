import type { Logger as PinoLogger } from "pino";

/** One line an event: an object with the facts, then a short fixed sentence. `logging/` makes them. */
export type Logger = PinoLogger;
