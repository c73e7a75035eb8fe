export { createAdminClient, type AdminClient, type AdminFailure } from "./admin-client.ts";
export { createAdminServer, type AdminServer } from "./admin-server.ts";
export { SOCKET_NAME } from "./socket-file.ts";
export type { SessionView } from "./views.ts";
