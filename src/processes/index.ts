export * from "./background-process.ts";
export * from "./foreground.ts";
export { holdsConnection, type LocalConnection } from "./socket-owner.ts";
