export { enqueue } from "./chunk-queue.ts";
export { Connection } from "./connection.ts";
export { type UnreadConnection, newConnection, readFirstMessage } from "./first-message.ts";
export { HalfOpenList } from "./half-open.ts";
export { type ListenFault, type Listener, listen, tryToListen } from "./listener.ts";
export { type OpeningBytes, decodeOpeningBytes } from "./opening-bytes.ts";
export { SendQueue } from "./send-queue.ts";
