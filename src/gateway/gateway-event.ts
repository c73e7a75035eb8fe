import type { SessionId } from "../shared/index.ts";

/** One client as the operator sees it. */
export interface RosterEntry {
  /** The name that the host gave it in SYNC; the client's text, may hold anything. */
  readonly nick: string;
  /** The host's number for it, from 1; given again when it has left. */
  readonly clientNumber: number;
  /** Numbers of the ports that it drives, from 1; empty for a spectator. */
  readonly players: readonly number[];
  readonly address: string;
  readonly port: number;
  /** When the host let it in. */
  readonly since: Date;
  /** Last measured round trip from the host to it, undefined before the first. Protocol 5 has no pings. */
  readonly pingMs: number | undefined;
}

/** Why a client's connection ended. */
export type LeaveReason =
  | "client-closed"
  | "host-closed"
  /** The host refused the replayed header, or answered something that is no header. */
  | "host-refused"
  | "host-lost"
  | "kicked"
  | "session-closed"
  /** The last slot was taken between its header and its nickname. */
  | "full"
  | "opening-timeout"
  | "link-timeout"
  | "handshake-timeout"
  | "evicted"
  | "bad-nick"
  /** On the netplay port: no answer to the question what it has loaded, or to the one for a password. */
  | "answer-timeout"
  | "password-timeout"
  | "bad-password"
  | "wrong-password"
  | "too-many-guesses"
  | "gateway-closed"
  | "bad-info"
  | "old-info"
  | "wrong-core"
  | "wrong-content"
  /** Another INFO than in its answer to the content query. */
  | "changed-info"
  | "protocol-mismatch"
  | "unexpected-command"
  | "forbidden-command"
  | "wrong-role"
  | "wrong-protocol"
  | "oversize"
  | "wrong-size"
  /** It held the room up for longer than its address may. */
  | "stalling"
  /** A relayed room's host has sent what no stock host sends. */
  | "host-forbidden-command"
  | "host-wrong-size"
  | "flood"
  | "not-reading"
  | "silent"
  | "bad-savestate"
  /** It, or its host, has cost more than its share for long. */
  | "over-budget"
  /** A bug of ours, logged with its error. */
  | "fault";

/** Why a host hosts no longer. */
export type LostReason =
  | "control-closed"
  | "control-garbage"
  /** It answers no pings. */
  | "control-silent"
  /** A remote host sends more than it was asked for. */
  | "control-flood";

/**
 * What happens at the gateway. `wake` and `empty` alternate, `wake` first; each `joined` has its `left`, and the last
 * `left` comes before `empty`.
 */
export type GatewayEvent = { readonly sessionId: SessionId } & (
  | /** The host's RATS: it hosts. Once in a session's life. */ { readonly type: "ready" }
  | /** A connection showed a valid header, and there was none before: the host must run. */ {
      readonly type: "wake";
    }
  | {
      readonly type: "joined";
      readonly client: RosterEntry;
      /** From the client's header to the host's SYNC. */
      readonly linkMs: number;
    }
  | { readonly type: "left"; readonly client: RosterEntry; readonly reason: LeaveReason }
  | /** No connection needs the host any more, and it has seen the last one end: it may sleep. */ {
      readonly type: "empty";
    }
  | { readonly type: "lost"; readonly reason: LostReason }
  | /** The host is to run, and gives no sign of life. */ { readonly type: "hung" }
  | /** The host has announced another core or content than the session is for. */ {
      readonly type: "mismatch";
    }
);

type WithoutSession<T> = T extends unknown ? Omit<T, "sessionId"> : never;

/** An event without its session. */
export type RoomEvent = WithoutSession<GatewayEvent>;
