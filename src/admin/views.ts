import { z } from "zod";
import { sessionIdFromBytes } from "../shared/index.ts";

const sessionId = z.string().transform((text, context) => {
  const id = sessionIdFromBytes(Buffer.from(text, "base64"));
  if (id === undefined || id !== text) {
    context.addIssue(`expected a session id, 16 characters of base64; received ${text}`);
    return z.NEVER;
  }
  return id;
});

const rosterEntry = z.object({
  /** As the client sent it: text of a stranger. */
  nick: z.string(),
  /** The client's number in the host's protocol; it names a client for as long as it is connected. */
  clientNumber: z.int(),
  /** The pads it plays, from 1; empty for a spectator. */
  players: z.array(z.int()),
  address: z.string(),
  /** ISO 8601. */
  since: z.string(),
  pingMs: z.number().nullable(),
});

export const sessionView = z.object({
  id: sessionId,
  /** `relayed`: a player hosts it; its game is unknown, its core and CRC are known when somebody has joined. */
  kind: z.enum(["hosted", "relayed"]),
  /** Name of the operator's room that it is the session of; null for all others. */
  room: z.string().nullable(),
  game: z.string(),
  core: z.string(),
  /** 8 hex digits. */
  crc: z.string(),
  /** The public port of its own; null while there is none, and for what is reached through the netplay port alone. */
  port: z.int().nullable(),
  state: z.enum(["reserved", "starting", "standby", "playing", "stopping", "gone"]),
  /** Who asked for it, `address:port`; of a relayed room its host's address. */
  requester: z.string(),
  /** ISO 8601. */
  startedAt: z.string(),
  /** When it ends unless somebody joins, ISO 8601; null while it has a client or is not up. */
  idleDeadline: z.string().nullable(),
  roster: z.array(rosterEntry),
  /** Of the host; null while there is none. */
  pid: z.int().nullable(),
});

export const roomView = z.object({
  name: z.string(),
  /** Of every session that the room ever has. */
  id: sessionId,
  core: z.string(),
  /** As the configuration names it. */
  game: z.string(),
  /** Whether the room has one. The password itself stays in the configuration. */
  password: z.boolean(),
  spectatePassword: z.boolean(),
  keep: z.enum(["always", "on-demand"]),
  maxClients: z.int(),
  /** Of its session; `none` while there is none. */
  state: z.enum(["none", "reserved", "starting", "standby", "playing", "stopping", "gone"]),
  /** Why it cannot be hosted, a literal; null when nothing is known against it. */
  problem: z.string().nullable(),
  players: z.int(),
  spectators: z.int(),
  /** What `netplayd join` takes, with `SERVER` for a name that is not known here. */
  address: z.string(),
});

export const serverStatus = z.object({
  version: z.string(),
  pid: z.int(),
  /** ISO 8601. */
  startedAt: z.string(),
  /** How many there are. */
  sessions: z.int(),
  /** In the catalog, for requests and for those who quick-join: how many, and how long the last ones took, microseconds; null before the first. */
  lookups: z.object({ count: z.int(), medianUs: z.number().nullable(), p99Us: z.number().nullable() }),
});

export const kickRequest = z.strictObject({ nick: z.string().min(1) });

/** One session as people see it: plain data. */
export type SessionView = z.infer<typeof sessionView>;

/** One of the operator's rooms as people see it: plain data. */
export type RoomView = z.infer<typeof roomView>;

/** The daemon as people see it. */
export type ServerStatus = z.infer<typeof serverStatus>;

/** Why an operation on a session did not happen. */
export const sessionFailures = ["no-such-session", "ambiguous-id", "no-such-client"] as const;
export type SessionFailure = (typeof sessionFailures)[number];
