export { createLogger, createMemoryLogger, createSilentLogger } from "./create-logger.ts";
