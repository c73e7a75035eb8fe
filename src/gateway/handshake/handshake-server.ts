import { negotiateProtocol, type ClientHeader } from "../../netplay/index.ts";
import { ok, type Result } from "../../shared/index.ts";
import type { LeaveReason } from "../gateway-event.ts";
import { HalfOpenConnections, type MessageReader } from "../net/index.ts";
import { decodeNick, decodeOpening } from "./client-messages.ts";
import { hostHeader, turnAway, type TurnAwayReason } from "./host-header.ts";
import type { Promised } from "./host-handshake.ts";
import type { GatewayContext } from "../gateway-context.ts";

/** A client whose header was accepted. */
export interface AdmittedClient {
  readonly reader: MessageReader;
  readonly header: ClientHeader;
  /** Of the header that it was answered with. */
  readonly protocol: number;
  /** Of that header; not 0: a password is to come. */
  readonly salt: number;
  /** When its header was accepted, in milliseconds of the clock. */
  readonly acceptedAtMs: number;
}

/** A client that has said its nickname. */
export interface IdentifiedClient extends AdmittedClient, Promised {
  /** It gave a password that lets it watch, and no more. */
  readonly watchesOnly?: boolean;
  /** From when on the time until SYNC counts. */
  readonly handshakeFromMs: number;
}

export interface HandshakeServerParts extends Omit<GatewayContext, "budget"> {
  /** Not 0: clients are asked for a password. Default 0. */
  readonly salt?: () => number;
  /** Why a client from this address gets no slot, whatever it says. */
  readonly objection: (address: string) => "full" | "denied" | undefined;
}

/** Reads clients' headers and nicknames, and answers them as a host would. */
export class HandshakeServer {
  readonly #parts: HandshakeServerParts;
  readonly #halfOpen: HalfOpenConnections;

  constructor(parts: HandshakeServerParts) {
    this.#parts = parts;
    const { halfOpenPerRoom, halfOpenPerAddress } = parts.limits;
    this.#halfOpen = new HalfOpenConnections(halfOpenPerRoom, halfOpenPerAddress);
  }

  /** Reads a client's header and answers it. Undefined: the client was turned away, or is gone. */
  async readHeader(reader: MessageReader): Promise<AdmittedClient | undefined> {
    const { clock, logger, limits, protocolHigh } = this.#parts;
    const { address } = reader.connection;
    this.#halfOpen.add(reader);
    reader.expectBy(reader.acceptedAtMs + limits.openingMs, "opening-timeout");
    const opening = await reader.read(decodeOpening);
    if (!opening.ok) {
      this.#leave(reader, opening.reason);
      return undefined;
    }
    // Who is turned away counts as half open until the connection is gone.
    if (opening.value.type === "poke") {
      logger.debug({ address }, "poke answered");
      reader.sendOff(hostHeader(protocolHigh(), 0, this.#salt()), limits.lingerMs);
      return undefined;
    }
    const { header } = opening.value;
    const protocol = this.#admit(header, address);
    if (typeof protocol === "string") {
      logger.info({ address, reason: protocol }, "client turned away at its header");
      reader.sendOff(turnAway(protocol, header, protocolHigh()), limits.lingerMs);
      return undefined;
    }
    const salt = this.#salt();
    reader.connection.write(hostHeader(protocol, header.implementation, salt));
    return { reader, header, protocol, salt, acceptedAtMs: clock.now() };
  }

  /** Reads the nickname behind the header. A failure has ended the connection. */
  async readNick(client: AdmittedClient): Promise<Result<IdentifiedClient, LeaveReason>> {
    const { reader } = client;
    const nick = await reader.read(decodeNick);
    if (!nick.ok) {
      this.#leave(reader, nick.reason);
      return nick;
    }
    this.#halfOpen.delete(reader);
    return ok({ ...client, nick: nick.value, handshakeFromMs: reader.acceptedAtMs });
  }

  /** Ends every connection whose nickname is still to come. */
  close(): void {
    this.#halfOpen.close("session-closed");
  }

  /** The protocol for a client, or why it gets none. */
  #admit(header: ClientHeader, address: string): number | TurnAwayReason {
    const { objection, failedHandshakes, protocolHigh } = this.#parts;
    const refusal = objection(address) ?? (failedHandshakes.mayTry(address) ? undefined : "full");
    return refusal ?? negotiateProtocol(header, protocolHigh()) ?? "old-protocol";
  }

  #salt(): number {
    return this.#parts.salt?.() ?? 0;
  }

  #leave(reader: MessageReader, reason: LeaveReason): void {
    reader.destroy(reason);
    this.#halfOpen.delete(reader);
    const facts = { address: reader.connection.address, reason };
    this.#parts.logger.debug(facts, "connection ended before its nickname");
  }
}
