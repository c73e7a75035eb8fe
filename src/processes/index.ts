export * from "./background-process.ts";
export * from "./foreground.ts";
export { leadsItsGroup, readCommandLine, readStartTicks } from "./process-facts.ts";
export { holdsConnection, type LocalConnection } from "./socket-owner.ts";
export { streamProgram } from "./stream-program.ts";
