export { FailedHandshakes } from "./failed-handshakes.ts";
export {
  type ClientAdmission,
  HandshakeServer,
  type HostUse,
  type IdentifiedClient,
} from "./handshake-server.ts";
export {
  HostHandshake,
  type HostHandshakeResult,
  type HostHandshakeStep,
  replayToHost,
} from "./host-handshake.ts";
export { PasswordGuard } from "./password-guard.ts";
export { RelayedHostHandshake, decodeRelayedOpening, relayedHello } from "./relayed-host-handshake.ts";
export { type LockedRoom, PasswordCheck, type Said, type Verdict } from "./room-passwords.ts";
