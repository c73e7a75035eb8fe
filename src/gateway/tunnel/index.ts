export { TunnelHost } from "./tunnel-host.ts";
export { type TunnelConnection, TunnelListener } from "./tunnel-listener.ts";
