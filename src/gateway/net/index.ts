export { ChunkQueue } from "./chunk-queue.ts";
export type { Connection } from "./connection.ts";
export { failingAs } from "./decoder.ts";
export { HalfOpenConnections } from "./half-open.ts";
export { accept, type ListenFault, type Listener, tryToListen } from "./listener.ts";
export type { MessageReader } from "./message-reader.ts";
export { SendQueue } from "./send-queue.ts";
