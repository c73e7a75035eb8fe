import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";

/** A plain UDP socket on 127.0.0.1 that closes itself at the end of its scope. */
export async function openUdp(): Promise<{ socket: Socket; port: number } & AsyncDisposable> {
  const socket = createSocket("udp4");
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  return {
    socket,
    port: socket.address().port,
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        socket.close(resolve);
      }),
  };
}

/** The next datagram that this socket gets; rejects after `deadlineMs`. */
export async function nextDatagram(socket: Socket, deadlineMs = 5000): Promise<Buffer> {
  const [datagram] = (await once(socket, "message", { signal: AbortSignal.timeout(deadlineMs) })) as [Buffer];
  return datagram;
}
