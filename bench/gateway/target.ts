import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { encodeTunnelMessage } from "../../src/netplay/index.ts";
import { NetplayClient } from "../../test/helpers/netplay-client.ts";
import { FakeHost } from "../../test/helpers/netplay-fake-host.ts";
import { eventually } from "../../test/helpers/eventually.ts";

/** One client joined to its host: bytes written at one end arrive at the other. */
export interface Pair {
  readonly client: Socket;
  readonly host: Socket;
}

/** A program that joins clients with hosts, as plain data for other processes. */
export type Target =
  /** Both ends connected with each other. */
  | { readonly type: "direct" }
  /** A bare pipe from `port` to `targetPort`, on which the maker of the pairs listens. */
  | { readonly type: "pipe"; readonly port: number; readonly targetPort: number }
  /** Sessions of the gateway, each with a public port and a tunnel port, one for each room. */
  | { readonly type: "sessions"; readonly rooms: readonly SessionPorts[] }
  /** A relay: a single port that speaks the tunnel protocol with hosts and clients. */
  | { readonly type: "relay"; readonly port: number };

export interface SessionPorts {
  readonly port: number;
  readonly tunnelPort: number;
}

/** The INFO of the fake hosts. */
export const game = { core: "Fake Core", crc: 0xe2c443c4 };

/** Opens this many rooms with this many clients each; all have finished the handshake and are silent. */
export async function openPairs(target: Target, rooms: number, clientsPerRoom: number): Promise<Pair[]> {
  switch (target.type) {
    case "direct":
      return openPlain(rooms * clientsPerRoom, 0, undefined);
    case "pipe":
      return openPlain(rooms * clientsPerRoom, target.targetPort, target.port);
    case "sessions":
      return openRooms(target.rooms.slice(0, rooms), (room) => sessionRoom(room, clientsPerRoom));
    case "relay": {
      const { port } = target;
      return openRooms([...Array(rooms).keys()], (number) =>
        relayedRoom(port, ownerAddress(number), clientsPerRoom),
      );
    }
  }
}

/** A few at a time, because limits for new connections are not measured here. */
const AT_ONCE = 4;

async function openRooms<Room>(
  rooms: readonly Room[],
  open: (room: Room) => Promise<Pair[]>,
): Promise<Pair[]> {
  const pairs: Pair[] = [];
  for (let first = 0; first < rooms.length; first += AT_ONCE) {
    const opened = await Promise.all(rooms.slice(first, first + AT_ONCE).map(open));
    pairs.push(...opened.flat());
  }
  return pairs;
}

/** Every owner has an address of its own, because a relay limits the rooms of one address. */
function ownerAddress(number: number): string {
  return `127.1.${number >> 7}.${1 + (number & 127)}`;
}

/** So have the players of a room: what one address may cost is limited. */
function playerAddress(port: number, number: number): string {
  return `127.${2 + number}.${port >> 8}.${port & 255}`;
}

async function sessionRoom({ port, tunnelPort }: SessionPorts, clients: number): Promise<Pair[]> {
  const host = await FakeHost.dial({ tunnelPort, manualFrames: true, answersPings: true, ...game });
  return fillRoom(host, port, clients);
}

async function relayedRoom(port: number, localAddress: string, clients: number): Promise<Pair[]> {
  const host = await FakeHost.dial({
    ...{ tunnelPort: port, localAddress, ...game },
    manualFrames: true,
    answersPings: true,
  });
  const id = host.sessionId;
  if (id === undefined) {
    throw new Error("the relay gave no session");
  }
  return fillRoom(host, port, clients, encodeTunnelMessage({ type: "session", id }));
}

async function fillRoom(
  host: FakeHost,
  port: number,
  clients: number,
  preamble: Buffer = Buffer.alloc(0),
): Promise<Pair[]> {
  const players: NetplayClient[] = [];
  for (let number = 1; number <= clients; number++) {
    const nick = `client-${number}`;
    const localAddress = playerAddress(sourceOf(host), number);
    const options = { port, localAddress, nick, preamble, withoutInput: true, ...game };
    players.push(await NetplayClient.join(options));
  }
  // The last thing that the host says of itself: behind it the links are silent.
  const areTold = (): boolean =>
    players.every(({ ports, modes }, index) => ports.length > 0 && modes.length >= clients - index);
  await eventually("everybody to be told who plays", areTold);
  return Promise.all(
    players.map(async ({ socket }, index) => {
      const link = await host.linkOf(`client-${index + 1}`);
      if (link.socket === undefined) {
        throw new Error("a link without a connection");
      }
      return takeOver({ client: socket, host: link.socket });
    }),
  );
}

/** A number that no other host has: the port from which it has dialled. */
function sourceOf(host: FakeHost): number {
  return host.control.localPort ?? 0;
}

/** From now on the benchmark uses the ends instead of the fake peers. */
function takeOver(pair: Pair): Pair {
  pair.client.removeAllListeners("data");
  pair.host.removeAllListeners("data");
  return pair;
}

/** @param port - Where clients connect; undefined: at `targetPort` itself, 0 being any free one. */
async function openPlain(count: number, targetPort: number, port: number | undefined): Promise<Pair[]> {
  const server = createServer({ noDelay: true });
  server.listen(targetPort, "127.0.0.1");
  await once(server, "listening");
  const clientPort = port ?? (server.address() as AddressInfo).port;
  const pairs: Pair[] = [];
  while (pairs.length < count) {
    pairs.push(await openOne(server, clientPort));
  }
  server.close();
  return pairs;
}

async function openOne(server: Server, port: number): Promise<Pair> {
  const accepted = once(server, "connection") as Promise<[Socket]>;
  const client = connect({ port, host: "127.0.0.1", noDelay: true });
  await once(client, "connect");
  const [host] = await accepted;
  return { client, host };
}
