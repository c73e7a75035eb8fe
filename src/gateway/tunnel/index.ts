export { TunnelHost } from "./tunnel-host.ts";
export { TUNNEL_ADDRESS, type TunnelConnection, TunnelListener } from "./tunnel-listener.ts";
