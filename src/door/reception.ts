import { arch, endianness, platform } from "node:os";
import {
  COMPRESSION_ZLIB,
  encodeHostHeader,
  encodeTurnAway,
  platformMagic,
  type ClientHeader,
} from "../netplay/index.ts";
import { addressGroup, type Clock, type Logger, type Timer } from "../shared/index.ts";
import { ClientHandshake, type HandshakeStep } from "./client-handshake.ts";
import type { LeaveReason } from "./door-event.ts";
import type { Arrived } from "./greeting.ts";
import { HalfOpenList } from "./half-open.ts";
import type { Promised } from "./host-greeting.ts";
import type { DoorLimits } from "./limits.ts";
import type { Wire } from "./wire.ts";

/** A client that has said who it is. */
export interface Greeting extends Promised, Arrived {
  /** When its header was accepted. */
  readonly acceptedAtMs: number;
  /** Of the header that it was answered with; not 0: a password is to come. */
  readonly salt: number;
  /** It gave a word that lets it watch, and no more. */
  readonly watchesOnly?: boolean;
}

/** Someone who takes clients in: hears of each whose header was accepted, then one of the two. */
export interface Visit {
  greeted(greeting: Greeting): void;
  ended(reason: LeaveReason): void;
}

export type Admission =
  | { readonly type: "welcome"; readonly protocol: number; readonly visit: Visit }
  | { readonly type: "full" | "denied" | "old-protocol" };

export interface ReceptionParts {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly limits: DoorLimits;
  readonly protocolHigh: () => number;
  /** Not 0: clients are asked for a password, which whoever they visit has to read. Default 0. */
  readonly salt?: () => number;
  readonly admit: (header: ClientHeader, address: string) => Admission;
}

/** A connection from accept until its nickname is read. */
interface Arrival {
  readonly wire: Wire;
  readonly connectedAtMs: number;
  readonly handshake: ClientHandshake;
  readonly deadline: Timer;
  accepted:
    | {
        readonly header: ClientHeader;
        readonly protocol: number;
        readonly visit: Visit;
        readonly atMs: number;
        readonly salt: number;
      }
    | undefined;
}

/** Where clients' connections arrive. It listens to the handshake up to the nickname, and answers as a host would. */
export class Reception {
  readonly #parts: ReceptionParts;
  readonly #halfOpen: HalfOpenList<Arrival>;

  constructor(parts: ReceptionParts) {
    this.#parts = parts;
    this.#halfOpen = new HalfOpenList(parts.limits.halfOpenPerRoom, parts.limits.halfOpenPerAddress);
  }

  accept({ wire, rest, connectedAtMs }: Arrived): void {
    const { clock, limits } = this.#parts;
    const arrival: Arrival = {
      wire,
      connectedAtMs,
      handshake: new ClientHandshake(),
      deadline: clock.after(Math.max(0, connectedAtMs + limits.greetingMs - clock.now()), () => {
        this.#leave(arrival, "greeting-timeout");
      }),
      accepted: undefined,
    };
    const crowdedOut = this.#halfOpen.add(arrival, addressGroup(wire.address));
    if (crowdedOut !== undefined) {
      this.#leave(crowdedOut, "crowded-out");
    }
    void wire.gone.then(() => {
      this.#halfOpen.delete(arrival);
    });
    wire.read({
      data: (chunk) => {
        arrival.handshake.push(chunk);
        this.#advance(arrival);
      },
      closed: () => {
        this.#leave(arrival, "client-closed");
      },
      faulted: () => {
        this.#leave(arrival, "fault");
      },
    });
    if (rest.length > 0) {
      arrival.handshake.push(rest);
      this.#advance(arrival);
    }
  }

  /** Ends every connection that is not greeted yet. */
  close(): void {
    this.#halfOpen.members().forEach((arrival) => {
      this.#leave(arrival, "session-closed");
    });
  }

  #advance(arrival: Arrival): void {
    const step = arrival.handshake.next();
    switch (step.type) {
      case "need-more":
        return;
      case "poke":
        this.#parts.logger.debug({ address: arrival.wire.address }, "poke answered");
        this.#sendOff(arrival, this.#hostHeader(this.#parts.protocolHigh(), 0, this.#salt()));
        return;
      case "header":
        this.#receive(arrival, step.header);
        return;
      case "nick":
        this.#greet(arrival, step);
        return;
      case "not-netplay":
        this.#leave(arrival, "unexpected-command");
        return;
      case "not-nick":
        this.#leave(arrival, "bad-nick");
        return;
    }
  }

  #receive(arrival: Arrival, header: ClientHeader): void {
    const { clock, logger, protocolHigh, admit } = this.#parts;
    const { address } = arrival.wire;
    const admission = admit(header, address);
    if (admission.type === "welcome") {
      const { protocol, visit } = admission;
      const salt = this.#salt();
      arrival.accepted = { header, protocol, visit, atMs: clock.now(), salt };
      arrival.wire.write(this.#hostHeader(protocol, header.implementation, salt));
      this.#advance(arrival);
      return;
    }
    logger.info({ address, reason: admission.type }, "client turned away at its header");
    switch (admission.type) {
      case "full":
        this.#sendOff(arrival, encodeTurnAway("FULL", protocolHigh()));
        return;
      case "denied":
        this.#sendOff(arrival, encodeTurnAway("DENY", protocolHigh()));
        return;
      case "old-protocol":
        this.#sendOff(arrival, this.#hostHeader(0, header.implementation, 0));
        return;
    }
  }

  #greet(arrival: Arrival, { nick, rest }: Extract<HandshakeStep, { type: "nick" }>): void {
    const { accepted, wire, connectedAtMs } = arrival;
    arrival.deadline.cancel();
    this.#halfOpen.delete(arrival);
    if (accepted === undefined) {
      wire.destroy();
      return;
    }
    arrival.accepted = undefined;
    const { header, protocol, visit, atMs, salt } = accepted;
    visit.greeted({ wire, header, nick, protocol, rest, connectedAtMs, acceptedAtMs: atMs, salt });
  }

  /** The last word to somebody who is not let in; counts as half open until the connection is gone. */
  #sendOff(arrival: Arrival, answer: Buffer): void {
    arrival.deadline.cancel();
    arrival.wire.write(answer);
    arrival.wire.finish(this.#parts.limits.lingerMs);
  }

  #salt(): number {
    return this.#parts.salt?.() ?? 0;
  }

  #leave(arrival: Arrival, reason: LeaveReason): void {
    arrival.deadline.cancel();
    this.#halfOpen.delete(arrival);
    arrival.wire.destroy();
    const { accepted, wire } = arrival;
    arrival.accepted = undefined;
    const facts = { address: wire.address, reason };
    this.#parts.logger.debug(facts, "connection ended before its nickname");
    accepted?.visit.ended(reason);
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
