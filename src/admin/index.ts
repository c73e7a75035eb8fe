export { createAdminClient, type AdminClient, type AdminFailure } from "./admin-client.ts";
export type { AdminOperations } from "./admin-routes.ts";
export { openAdminSocket } from "./admin-socket.ts";
export { SOCKET_NAME } from "./socket-file.ts";
export type { RoomView, SessionView } from "./views.ts";
