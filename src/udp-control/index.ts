export { ControlServer } from "./control-server.ts";
export { openControlSocket, type ControlSocket } from "./control-socket.ts";
export { requestGame, type RequestGameOptions } from "./request-client.ts";
