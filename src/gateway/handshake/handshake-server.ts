import { arch, endianness, platform } from "node:os";
import {
  COMPRESSION_ZLIB,
  encodeHostHeader,
  encodeTurnAway,
  platformMagic,
  type ClientHeader,
} from "../../netplay/index.ts";
import { addressGroup, type Clock, type Logger, type Timer } from "../../shared/index.ts";
import { ClientHandshake, type HandshakeStep } from "./client-handshake.ts";
import type { LeaveReason } from "../gateway-event.ts";
import { type UnreadConnection, HalfOpenList, type Connection } from "../net/index.ts";
import type { Promised } from "./host-handshake.ts";
import type { GatewayLimits } from "../limits.ts";

/** A client that has said who it is. */
export interface IdentifiedClient extends Promised, UnreadConnection {
  /** When its header was accepted. */
  readonly acceptedAtMs: number;
  /** Of the header that it was answered with; not 0: a password is to come. */
  readonly salt: number;
  /** It gave a word that lets it watch, and no more. */
  readonly watchesOnly?: boolean;
}

/** Someone who takes clients in: hears of each whose header was accepted, then one of the two. */
export interface HostUse {
  identified(client: IdentifiedClient): void;
  ended(reason: LeaveReason): void;
}

export type ClientAdmission =
  | { readonly type: "welcome"; readonly protocol: number; readonly hostUse: HostUse }
  | { readonly type: "full" | "denied" | "old-protocol" };

export interface HandshakeServerParts {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly limits: GatewayLimits;
  readonly protocolHigh: () => number;
  /** Not 0: clients are asked for a password, which whoever they visit has to read. Default 0. */
  readonly salt?: () => number;
  readonly admit: (header: ClientHeader, address: string) => ClientAdmission;
}

/** A connection from accept until its nickname is read. */
interface PendingHandshake {
  readonly connection: Connection;
  readonly connectedAtMs: number;
  readonly handshake: ClientHandshake;
  readonly deadline: Timer;
  accepted:
    | {
        readonly header: ClientHeader;
        readonly protocol: number;
        readonly hostUse: HostUse;
        readonly atMs: number;
        readonly salt: number;
      }
    | undefined;
}

/** Where clients' connections arrive. It listens to the handshake up to the nickname, and answers as a host would. */
export class HandshakeServer {
  readonly #parts: HandshakeServerParts;
  readonly #halfOpen: HalfOpenList<PendingHandshake>;

  constructor(parts: HandshakeServerParts) {
    this.#parts = parts;
    this.#halfOpen = new HalfOpenList(parts.limits.halfOpenPerRoom, parts.limits.halfOpenPerAddress);
  }

  accept({ connection, rest, connectedAtMs }: UnreadConnection): void {
    const { clock, limits } = this.#parts;
    const pending: PendingHandshake = {
      connection,
      connectedAtMs,
      handshake: new ClientHandshake(),
      deadline: clock.after(Math.max(0, connectedAtMs + limits.openingMs - clock.now()), () => {
        this.#leave(pending, "opening-timeout");
      }),
      accepted: undefined,
    };
    const evicted = this.#halfOpen.add(pending, addressGroup(connection.address));
    if (evicted !== undefined) {
      this.#leave(evicted, "evicted");
    }
    void connection.gone.then(() => {
      this.#halfOpen.delete(pending);
    });
    connection.read({
      data: (chunk) => {
        pending.handshake.push(chunk);
        this.#advance(pending);
      },
      closed: () => {
        this.#leave(pending, "client-closed");
      },
      faulted: () => {
        this.#leave(pending, "fault");
      },
    });
    if (rest.length > 0) {
      pending.handshake.push(rest);
      this.#advance(pending);
    }
  }

  /** Ends every connection that is not greeted yet. */
  close(): void {
    this.#halfOpen.members().forEach((pending) => {
      this.#leave(pending, "session-closed");
    });
  }

  #advance(pending: PendingHandshake): void {
    const step = pending.handshake.next();
    switch (step.type) {
      case "need-more":
        return;
      case "poke":
        this.#parts.logger.debug({ address: pending.connection.address }, "poke answered");
        this.#sendOff(pending, this.#hostHeader(this.#parts.protocolHigh(), 0, this.#salt()));
        return;
      case "header":
        this.#receive(pending, step.header);
        return;
      case "nick":
        this.#identify(pending, step);
        return;
      case "not-netplay":
        this.#leave(pending, "unexpected-command");
        return;
      case "not-nick":
        this.#leave(pending, "bad-nick");
        return;
    }
  }

  #receive(pending: PendingHandshake, header: ClientHeader): void {
    const { clock, logger, protocolHigh, admit } = this.#parts;
    const { address } = pending.connection;
    const admission = admit(header, address);
    if (admission.type === "welcome") {
      const { protocol, hostUse } = admission;
      const salt = this.#salt();
      pending.accepted = { header, protocol, hostUse, atMs: clock.now(), salt };
      pending.connection.write(this.#hostHeader(protocol, header.implementation, salt));
      this.#advance(pending);
      return;
    }
    logger.info({ address, reason: admission.type }, "client turned away at its header");
    switch (admission.type) {
      case "full":
        this.#sendOff(pending, encodeTurnAway("FULL", protocolHigh()));
        return;
      case "denied":
        this.#sendOff(pending, encodeTurnAway("DENY", protocolHigh()));
        return;
      case "old-protocol":
        this.#sendOff(pending, this.#hostHeader(0, header.implementation, 0));
        return;
    }
  }

  #identify(pending: PendingHandshake, { nick, rest }: Extract<HandshakeStep, { type: "nick" }>): void {
    const { accepted, connection, connectedAtMs } = pending;
    pending.deadline.cancel();
    this.#halfOpen.delete(pending);
    if (accepted === undefined) {
      connection.destroy();
      return;
    }
    pending.accepted = undefined;
    const { header, protocol, hostUse, atMs, salt } = accepted;
    hostUse.identified({ connection, header, nick, protocol, rest, connectedAtMs, acceptedAtMs: atMs, salt });
  }

  /** The last word to somebody who is not let in; counts as half open until the connection is gone. */
  #sendOff(pending: PendingHandshake, answer: Buffer): void {
    pending.deadline.cancel();
    pending.connection.write(answer);
    pending.connection.finish(this.#parts.limits.lingerMs);
  }

  #salt(): number {
    return this.#parts.salt?.() ?? 0;
  }

  #leave(pending: PendingHandshake, reason: LeaveReason): void {
    pending.deadline.cancel();
    this.#halfOpen.delete(pending);
    pending.connection.destroy();
    const { accepted, connection } = pending;
    pending.accepted = undefined;
    const facts = { address: connection.address, reason };
    this.#parts.logger.debug(facts, "connection ended before its nickname");
    accepted?.hostUse.ended(reason);
  }

  /**
   * A host's header. The implementation magic is the client's own: it only makes a client warn of another RetroArch
   * version, which says nothing about whether the game will work.
   */
  #hostHeader(protocol: number, implementation: number, salt: number): Buffer {
    return encodeHostHeader({
      magic: "RANP",
      platform: platformMagic({ endianness: endianness(), arch: arch(), os: platform() }),
      compression: COMPRESSION_ZLIB,
      salt,
      protocol,
      implementation,
    });
  }
}
