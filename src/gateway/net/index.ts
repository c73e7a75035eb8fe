export { enqueue } from "./chunk-queue.ts";
export type { Connection } from "./connection.ts";
export { HalfOpenConnections } from "./half-open.ts";
export { accept, type ListenFault, type Listener, tryToListen } from "./listener.ts";
export { failingAs, type MessageReader } from "./message-reader.ts";
export { SendQueue } from "./send-queue.ts";
