export { decodeOpening, decodePassword, decodeSaid, POKE } from "./client-messages.ts";
export { HandshakeServer, type IdentifiedClient } from "./handshake-server.ts";
export { type HostHandshakeStep, readHostHandshake, replayToHost, stepWithout } from "./host-handshake.ts";
export { PasswordGuard } from "./password-guard.ts";
export { type LockedRoom, type Said, unlock, type Verdict } from "./room-passwords.ts";
