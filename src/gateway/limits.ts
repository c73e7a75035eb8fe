import { DEFAULT_MEMORY_BYTES } from "./budget/index.ts";

const KIB = 1024;
const MIB = 1024 * KIB;

/** Limits for single peers. Limits for what all peers share are in `budget/limits.ts`. */
export interface GatewayLimits {
  /** From accept until header and nickname are complete. */
  readonly openingMs: number;
  /** From accept until the host's SYNC. A stock client gives up 11 s after it connected. */
  readonly handshakeMs: number;
  /** For so long a client between its nickname and SYNC keeps its slot in a full room when another one asks for it. */
  readonly onTheWayMs: number;
  /** Handshakes of one address that ended before SYNC, in all rooms; above, its headers are answered with FULL. */
  readonly failedHandshakesPerSecond: number;
  readonly failedHandshakeBurst: number;
  /** From the request until the host has opened a link. */
  readonly linkMs: number;
  /** How long a client with a wrong INFO stays connected, to show its player what differs from the host's. */
  readonly turnAwayMs: number;
  /** How long an ended connection may take to deliver what was sent and to be closed by its peer. */
  readonly lingerMs: number;
  /** How long the host's side of a link stays when its client has just given its pad back. Others may hold the host up for 5 s each. */
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
  /** From the content query until its answer. A stock client answers within a frame. */
  readonly answerMs: number;
  /** How long a client without a room stays connected. A stock client gives up before. */
  readonly noRoomMs: number;
  /** Ids of sessions and passwords of rooms that one address may try in vain. */
  readonly guessesPerSecond: number;
  readonly guessBurst: number;
  /** Wrong passwords from all addresses together (beyond it, passwords wait), and from one IPv4 /24 or IPv6 /48. */
  readonly passwordMissesPerSecond: number;
  readonly passwordMissBurst: number;
  /** How many passwords may wait, and for how long. A stock client gives up 11 s after it sent its own. */
  readonly passwordQueue: number;
  readonly passwordQueueMs: number;
  /** Slots of a room that one address may have. */
  readonly clientsPerAddress: number;
  /** Relayed rooms that one address may own at once. */
  readonly relayedRoomsPerAddress: number;
  /** How often a running host of ours is pinged, and how long it may be silent. A stock client gives up after 10 s. */
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
  /** Commands of one client; some have a rate of their own (netplay/command-rules.ts). A stock client sends about 62 a second, and more after a stall. */
  readonly commandsPerSecond: number;
  readonly commandBurst: number;
  readonly bytesPerSecond: number;
  readonly byteBurst: number;
  /** A client that reads nothing for so long, while bytes wait for it, is dropped. */
  readonly notReadingMs: number;
  /** A client for which more than this waits is dropped. */
  readonly unsentToClientBytes: number;
  /** A remote host is not read from while more than this waits for its client. With little memory left, the limit is lower. */
  readonly unsentOfRemoteHostBytes: number;
  /** A client is not read from while more than this waits for its host. */
  readonly unsentToHostBytes: number;
  /** A client of protocol 6 or newer that is silent for so long is gone. A stock one asks for a ping every 3 s. */
  readonly silentMs: number;
  /** When all clients of a room are silent for so long, they are gone. Spectators of protocol 5 are silent. */
  readonly allSilentMs: number;
  /** The largest savestate, deflated or inflated, that is inflated for a client without zlib. */
  readonly inflateBytes: number;
  /** What all connections together may have waiting in memory. */
  readonly memoryBytes: number;
  /** Messages that a remote host may send on its control connection: unasked, and for each of ours. */
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
