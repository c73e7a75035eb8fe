export {
  createControlServer,
  DEFAULT_CONTROL_LIMITS,
  type ControlLimits,
  type ControlServer,
  type ControlServerParts,
  type HostedGame,
  type Refusal,
} from "./control-server.ts";
export { openControlSocket, type ControlSocket } from "./control-socket.ts";
export { requestGame, type RequestFailure, type RequestGameOptions } from "./request-client.ts";
export type { HostRequest } from "./request-codec.ts";
