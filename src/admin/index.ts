export { createAdminClient, type AdminClient, type AdminFailure } from "./admin-client.ts";
export { createAdminServer, type AdminServer } from "./admin-server.ts";
export { SOCKET_NAME } from "./socket-file.ts";
export type { RoomView, SessionView } from "./views.ts";
