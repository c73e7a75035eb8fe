import { once } from "node:events";
import {
  connect,
  createServer,
  Socket,
  type AddressInfo,
  type OnReadOpts,
  type SocketConstructorOpts,
} from "node:net";

/** What the system hands over in one go; larger than what libuv asks for would stay empty. */
const READ_BYTES = 64 * 1024;

/** Chunks from here on are handed over in the buffer that they were read into; copying them would cost more. */
const LARGE_BYTES = READ_BYTES / 4;

/** One for all connections: what it holds is copied before the next one is read. */
const shared = Buffer.allocUnsafeSlow(READ_BYTES);

/**
 * The same connection as a socket that makes no stream of what it reads. For every chunk, be it 20 bytes, Node allocates
 * 64 KiB, gives most of it back and leaves the rest to the garbage collector: a fifth of what passing a frame on costs.
 * Its remedy, `onread`, is documented for connections that one opens, not for those that one accepts, and so the
 * connection is moved by the handle that Node itself makes its sockets of. Without a handle it stays as it is. Only where
 * `canBeLean` says so.
 *
 * @param accepted - As a listener with `pauseOnConnect` gives it. Not to be used afterwards.
 * @returns A socket whose `data` events carry chunks of its own, and which reads from its first `data` listener on.
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

/** How long the trial may take on a busy machine; it takes 3 ms. */
const TRIAL_MS = 2_000;

let trial: Promise<boolean> | undefined;

/**
 * Whether `leanSocket` works with the Node that runs this. It stands on Node's private handle, which another Node may have in
 * another shape: so it is tried once, with a connection of our own on loopback.
 */
export function canBeLean(): Promise<boolean> {
  trial ??= passesTrial(leanSocket);
  return trial;
}

/** Whether a socket that `takeOver` makes of an accepted one reads what is sent, small and large, writes, and ends. */
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

/** A connection reads into the shared buffer, and into its own ones for as long as its chunks are large. */
function readInto(hand: (chunk: Buffer) => void): OnReadOpts {
  let next: Buffer | undefined = shared;
  // Asked after every read; undefined: the same as before.
  const takeNext = (): Buffer | undefined => {
    const buffer = next;
    next = undefined;
    return buffer;
  };
  return {
    // The types do not know of undefined.
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
