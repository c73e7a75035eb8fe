export { enqueue } from "./chunk-queue.ts";
export { Connection } from "./connection.ts";
export { HalfOpenConnections } from "./half-open.ts";
export { type ListenFault, type Listener, listen, tryToListen } from "./listener.ts";
export { failingAs, MessageReader } from "./message-reader.ts";
export { SendQueue } from "./send-queue.ts";
