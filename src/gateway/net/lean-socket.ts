import { once } from "node:events";
import {
  connect,
  createServer,
  Socket,
  type AddressInfo,
  type OnReadOpts,
  type SocketConstructorOpts,
} from "node:net";

/** Size of a read. libuv asks the system for no more. */
const READ_BYTES = 64 * 1024;

/** Chunks of this size and more are passed on in the buffer that they were read into; smaller ones are copied. */
const LARGE_BYTES = READ_BYTES / 4;

/** One buffer for all connections. Its content is copied before the next read. */
const shared = Buffer.allocUnsafeSlow(READ_BYTES);

/**
 * Moves an accepted connection to a socket that reads without a stream. A stream allocates 64 KiB for every chunk, also for
 * 20 bytes, which is a fifth of the cost of passing a frame on. Node's `onread` avoids that, but is documented for outgoing
 * connections only; so the connection is moved by Node's private handle. To be used only where `canBeLean` is true.
 *
 * @param accepted - From a listener with `pauseOnConnect`. Not to be used afterwards.
 * @returns A socket that starts to read when it gets a `data` listener. Without a handle, `accepted` itself.
 */
export function leanSocket(accepted: Socket): Socket {
  const holder = accepted as { _handle?: object | null };
  const handle = holder._handle;
  if (typeof handle !== "object" || handle === null) {
    return accepted;
  }
  const onread = readInto((chunk) => socket.emit("data", chunk));
  const options: SocketConstructorOpts & { handle: object; onread: OnReadOpts } = { handle, onread };
  const socket = new Socket(options);
  holder._handle = null;
  accepted.destroy();
  return socket;
}

/** The trial takes 3 ms, and more on a busy machine. */
const TRIAL_MS = 2_000;

let trial: Promise<boolean> | undefined;

/** Whether `leanSocket` works with this version of Node. It is tried once, with a connection of our own on loopback. */
export function canBeLean(): Promise<boolean> {
  trial ??= passesTrial(leanSocket);
  return trial;
}

/** Whether a socket from `takeOver` reads small and large chunks, writes, and ends. */
export async function passesTrial(takeOver: (accepted: Socket) => Socket): Promise<boolean> {
  const server = createServer({ pauseOnConnect: true });
  const sockets: Socket[] = [];
  try {
    const signal = AbortSignal.timeout(TRIAL_MS);
    await once(server.listen(0, "127.0.0.1"), "listening", { signal });
    const peer = connect({ port: (server.address() as AddressInfo).port, host: "127.0.0.1", signal });
    sockets.push(peer.on("error", () => undefined));
    const [accepted] = (await once(server, "connection", { signal })) as [Socket];
    const { remotePort } = accepted;
    const lean = takeOver(accepted);
    sockets.push(accepted, lean);
    if (lean === accepted || !accepted.destroyed || lean.remotePort !== remotePort) {
      return false;
    }
    const sent = [Buffer.from("small"), Buffer.alloc(READ_BYTES * 2, "large"), Buffer.from("small again")];
    const all = Buffer.concat(sent);
    const heard: Buffer[] = [];
    lean.on("data", (chunk: Buffer) => {
      heard.push(chunk);
      if (Buffer.concat(heard).length >= all.length) {
        lean.end(Buffer.concat(heard));
      }
    });
    sent.forEach((bytes) => peer.write(bytes));
    peer.end();
    return Buffer.concat((await peer.toArray()) as Buffer[]).equals(all);
  } catch {
    return false;
  } finally {
    sockets.forEach((socket) => socket.destroy());
    server.close();
  }
}

/** A connection reads into the shared buffer, and while its chunks are large into buffers of its own. */
function readInto(hand: (chunk: Buffer) => void): OnReadOpts {
  let next: Buffer | undefined = shared;
  // Node asks after every read; undefined keeps the buffer.
  const takeNext = (): Buffer | undefined => {
    const buffer = next;
    next = undefined;
    return buffer;
  };
  return {
    // Node's types lack undefined.
    buffer: takeNext as () => Buffer,
    callback: (bytes, buffer) => {
      const chunk = (buffer as Buffer).subarray(0, bytes);
      const isOwn = buffer !== shared;
      if (bytes >= LARGE_BYTES) {
        next = Buffer.allocUnsafeSlow(READ_BYTES);
      } else if (isOwn) {
        next = shared;
      }
      hand(isOwn && bytes >= LARGE_BYTES ? chunk : Buffer.from(chunk));
      return true;
    },
  };
}
