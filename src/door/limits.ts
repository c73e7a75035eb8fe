import { DEFAULT_MEMORY_BYTES } from "./budget/index.ts";

const KIB = 1024;
const MIB = 1024 * KIB;

/** What the door lets one peer cost the others. What all of them share is in `budget/limits.ts`. */
export interface DoorLimits {
  /** From accept until header and nickname are complete. */
  readonly greetingMs: number;
  /** From accept until the host's SYNC. A stock client gives up 11 s after it connected. */
  readonly handshakeMs: number;
  /** From the request until the host has opened a link. */
  readonly linkMs: number;
  /** How long a client that is turned away keeps its connection, to show what it learnt from the host's INFO. */
  readonly turnAwayMs: number;
  /** How long an ended connection may take to deliver what was sent and to be closed by its peer. */
  readonly lingerMs: number;
  /** From accept on the tunnel listener until a valid message. */
  readonly tunnelGreetingMs: number;
  /** Connections to a room without header and nickname; above, the oldest of them is closed. */
  readonly halfOpenPerRoom: number;
  /** The same for one address. An IPv6 address counts as its /64. */
  readonly halfOpenPerAddress: number;
  /** Connections to the one port that have not said what they want; above, the oldest of them is closed. */
  readonly halfOpenEntrance: number;
  /** Clients on the one port between their nickname and their room; above, the oldest of them is closed. */
  readonly asking: number;
  /** From the question what a client has loaded until its answer. A stock one answers within a frame. */
  readonly answerMs: number;
  /** How long a client for which there is no room keeps its connection. A stock one gives up itself before. */
  readonly noRoomMs: number;
  /** Ids of sessions that one address may try in vain. */
  readonly guessesPerSecond: number;
  readonly guessBurst: number;
  /** Relayed rooms that one address may own at once. */
  readonly relayedRoomsPerAddress: number;
  /** How often the owner of a relayed room is pinged, and how long it may say nothing. Together less than 15 s. */
  readonly ownerPingMs: number;
  readonly ownerSilentMs: number;
  /** From a relayed host's question for a password until its SYNC: a person types. */
  readonly passwordMs: number;
  /** Connections to the tunnel listener that have said nothing yet; above, new ones are closed. */
  readonly halfOpenTunnel: number;
  /** Links asked of a host and not opened yet. RetroArch forgets those beyond eight. */
  readonly pendingLinks: number;
  /** Commands of one client. A stock client sends about 62 a second, and after a stall what it has kept back. */
  readonly commandsPerSecond: number;
  readonly commandBurst: number;
  /** Each makes the host compress a state and send it to everybody. */
  readonly savestateRequestsPerSecond: number;
  readonly savestateRequestBurst: number;
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
  /** A client that used to ask for pings and says nothing any more for so long is gone. A stock one asks every 3 s. */
  readonly silentMs: number;
  /** The largest savestate, deflated or inflated, that is inflated for a client without zlib. */
  readonly inflateBytes: number;
  /** What all connections together may have waiting in memory. */
  readonly memoryBytes: number;
  /** What a remote host may say on its control connection: so much unasked, and so much more for each of our messages. */
  readonly controlMessages: number;
  readonly controlMessagesPerOurs: number;
}

export const DEFAULT_DOOR_LIMITS: DoorLimits = {
  greetingMs: 10_000,
  handshakeMs: 15_000,
  linkMs: 10_000,
  turnAwayMs: 1_000,
  lingerMs: 2_000,
  tunnelGreetingMs: 10_000,
  halfOpenPerRoom: 64,
  halfOpenPerAddress: 16,
  halfOpenTunnel: 64,
  halfOpenEntrance: 1024,
  asking: 512,
  answerMs: 5_000,
  noRoomMs: 12_000,
  guessesPerSecond: 0.5,
  guessBurst: 20,
  relayedRoomsPerAddress: 8,
  ownerPingMs: 4_000,
  ownerSilentMs: 10_000,
  passwordMs: 180_000,
  pendingLinks: 8,
  commandsPerSecond: 180,
  commandBurst: 900,
  savestateRequestsPerSecond: 1,
  savestateRequestBurst: 10,
  bytesPerSecond: 12 * KIB,
  byteBurst: 64 * KIB,
  notReadingMs: 10_000,
  unsentToClientBytes: 64 * MIB,
  unsentOfRemoteHostBytes: 8 * MIB,
  unsentToHostBytes: 256 * KIB,
  silentMs: 60_000,
  inflateBytes: 64 * MIB,
  memoryBytes: DEFAULT_MEMORY_BYTES,
  controlMessages: 256,
  controlMessagesPerOurs: 8,
};
