import { connect, createServer, type AddressInfo } from "node:net";
import type { Cleanup } from "./cleanup.ts";

/** A port in front of another one of this machine: tells how far a conversation has come. */
export interface Tap {
  readonly port: number;
  /** Bytes that the other side has sent to whoever came by this port. */
  readonly received: () => number;
}

/** Passes everything on both ways; ends with the test. */
export async function openTap(cleanup: Cleanup, port: number): Promise<Tap> {
  let receivedBytes = 0;
  const server = createServer((near) => {
    const far = connect({ host: "127.0.0.1", port });
    cleanup.defer(() => near.destroy());
    cleanup.defer(() => far.destroy());
    far.on("data", (chunk: Buffer) => (receivedBytes += chunk.length));
    near.pipe(far).pipe(near);
    for (const socket of [near, far]) {
      socket.on("error", () => {
        near.destroy();
        far.destroy();
      });
    }
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  cleanup.defer(() => server.close());
  return { port: (server.address() as AddressInfo).port, received: () => receivedBytes };
}
