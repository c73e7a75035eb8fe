import { DEFAULT_MEMORY_BYTES } from "./budget/index.ts";

const KIB = 1024;
const MIB = 1024 * KIB;

/** What the gateway lets one peer cost the others. What all of them share is in `budget/limits.ts`. */
export interface GatewayLimits {
  /** From accept until header and nickname are complete. */
  readonly openingMs: number;
  /** From accept until the host's SYNC. A stock client gives up 11 s after it connected. */
  readonly handshakeMs: number;
  /** For so long a client between its nickname and SYNC keeps a slot of a full room for which somebody else asks. */
  readonly onTheWayMs: number;
  /** Handshakes of one address that ended before SYNC, in all rooms; above, its headers are answered with FULL. */
  readonly failedHandshakesPerSecond: number;
  readonly failedHandshakeBurst: number;
  /** From the request until the host has opened a link. */
  readonly linkMs: number;
  /** How long a client that is turned away keeps its connection, to show what it learnt from the host's INFO. */
  readonly turnAwayMs: number;
  /** How long an ended connection may take to deliver what was sent and to be closed by its peer. */
  readonly lingerMs: number;
  /** How long a host is kept for a client that is gone but has only just given its pad back. Others may make it stand still for 5 s, one after the other. */
  readonly leavePlayMs: number;
  /** From accept on the tunnel listener until a valid message. */
  readonly tunnelOpeningMs: number;
  /** Connections to a room without header and nickname; above, the oldest of them is closed. */
  readonly halfOpenPerRoom: number;
  /** The same for one address. An IPv6 address counts as its /64. */
  readonly halfOpenPerAddress: number;
  /** Connections to the netplay port that have not said what they want; above, the oldest of them is closed. */
  readonly halfOpenPort: number;
  /** Clients on the netplay port between their nickname and their room; above, the oldest of them is closed. */
  readonly contentQueries: number;
  /** From the question what a client has loaded until its answer. A stock one answers within a frame. */
  readonly answerMs: number;
  /** How long a client for which there is no room keeps its connection. A stock one gives up itself before. */
  readonly noRoomMs: number;
  /** Ids of sessions and passwords of rooms that one address may try in vain. */
  readonly guessesPerSecond: number;
  readonly guessBurst: number;
  /** Wrong passwords from all addresses together, and from one IPv4 /24 or IPv6 /48; what exceeds the former waits. */
  readonly passwordMissesPerSecond: number;
  readonly passwordMissBurst: number;
  /** How many passwords may wait, and for how long. A stock client gives up 11 s after it sent its own. */
  readonly passwordQueue: number;
  readonly passwordQueueMs: number;
  /** Slots of a room that one address may have. */
  readonly clientsPerAddress: number;
  /** Relayed rooms that one address may own at once. */
  readonly relayedRoomsPerAddress: number;
  /** How often a host of ours that is to run is pinged, and how long it may say nothing. A stock client gives up after 10 s. */
  readonly hostPingMs: number;
  readonly hostSilentMs: number;
  /** The same for the owner of a relayed room. Together less than 15 s. */
  readonly ownerPingMs: number;
  readonly ownerSilentMs: number;
  /** From a relayed host's question for a password until its SYNC: a person types. */
  readonly passwordMs: number;
  /** Connections to the tunnel listener that have said nothing yet; above, new ones are closed. */
  readonly halfOpenTunnel: number;
  /** Links asked of a host and not opened yet. RetroArch forgets those beyond eight. */
  readonly pendingLinks: number;
  /** Commands of one client; some have a rate of their own (netplay/command-rules.ts). A stock client sends about 62 a second, and after a stall what it has kept back. */
  readonly commandsPerSecond: number;
  readonly commandBurst: number;
  readonly bytesPerSecond: number;
  readonly byteBurst: number;
  /** A client that takes none of the bytes that wait for it for so long is dropped. */
  readonly notReadingMs: number;
  /** A client for which more than this waits is dropped. */
  readonly unsentToClientBytes: number;
  /** A remote host is not read from while more than this waits for its client; with little memory left, while less does. */
  readonly unsentOfRemoteHostBytes: number;
  /** A client is not read from while more than this waits for its host. */
  readonly unsentToHostBytes: number;
  /** A client of protocol 6 or newer that says nothing for so long is gone. A stock one asks for a ping every 3 s. */
  readonly silentMs: number;
  /** A room in which no client has said anything for so long has none. Those of protocol 5 who watch say nothing. */
  readonly allSilentMs: number;
  /** The largest savestate, deflated or inflated, that is inflated for a client without zlib. */
  readonly inflateBytes: number;
  /** What all connections together may have waiting in memory. */
  readonly memoryBytes: number;
  /** What a remote host may say on its control connection: so much unasked, and so much more for each of our messages. */
  readonly controlMessages: number;
  readonly controlMessagesPerOurs: number;
}

export const DEFAULT_GATEWAY_LIMITS: GatewayLimits = {
  openingMs: 10_000,
  handshakeMs: 15_000,
  onTheWayMs: 3_000,
  failedHandshakesPerSecond: 0.5,
  failedHandshakeBurst: 40,
  linkMs: 10_000,
  turnAwayMs: 1_000,
  lingerMs: 2_000,
  leavePlayMs: 60_000,
  tunnelOpeningMs: 10_000,
  halfOpenPerRoom: 64,
  halfOpenPerAddress: 16,
  halfOpenTunnel: 64,
  halfOpenPort: 1024,
  contentQueries: 512,
  answerMs: 5_000,
  noRoomMs: 12_000,
  guessesPerSecond: 0.5,
  guessBurst: 20,
  passwordMissesPerSecond: 0.5,
  passwordMissBurst: 60,
  passwordQueue: 64,
  passwordQueueMs: 7_000,
  clientsPerAddress: 6,
  relayedRoomsPerAddress: 8,
  hostPingMs: 1_000,
  hostSilentMs: 9_000,
  ownerPingMs: 3_500,
  ownerSilentMs: 10_500,
  passwordMs: 180_000,
  pendingLinks: 8,
  commandsPerSecond: 180,
  commandBurst: 900,
  bytesPerSecond: 12 * KIB,
  byteBurst: 64 * KIB,
  notReadingMs: 10_000,
  unsentToClientBytes: 64 * MIB,
  unsentOfRemoteHostBytes: 8 * MIB,
  unsentToHostBytes: 256 * KIB,
  silentMs: 60_000,
  allSilentMs: 600_000,
  inflateBytes: 64 * MIB,
  memoryBytes: DEFAULT_MEMORY_BYTES,
  controlMessages: 256,
  controlMessagesPerOurs: 8,
};
