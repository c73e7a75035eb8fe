export { FailedHandshakes } from "./failed-handshakes.ts";
export { decodeOpening, HandshakeServer, POKE, type IdentifiedClient } from "./handshake-server.ts";
export { type HostHandshakeStep, readHostHandshake, replayToHost, stepWithout } from "./host-handshake.ts";
export { PasswordGuard } from "./password-guard.ts";
export { type LockedRoom, type Said, unlock, type Verdict } from "./room-passwords.ts";
