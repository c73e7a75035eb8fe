import type { Clock, Logger, Port, Result, SessionId } from "../shared/index.ts";
import { Entrance } from "./entrance.ts";
import type { Arrived } from "./greeting.ts";
import { JustConnect, type RoomFinder } from "./just-connect.ts";
import type { DoorLimits } from "./limits.ts";
import type { ListenFault } from "./listener.ts";
import type { Greeting } from "./reception.ts";
import { Relay, type RelaySettings } from "./relay.ts";

export interface OnePortOptions {
  /** `::` takes IPv4 as well. */
  readonly host: string;
  /** 0: one that is free. */
  readonly port: number;
  readonly finder: RoomFinder;
  readonly relay: RelaySettings;
}

export interface OnePortParts extends OnePortOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly limits: DoorLimits;
  readonly protocolHigh: () => number;
  /** The rooms of sessions. */
  readonly room: (sessionId: SessionId) => SessionRoom | undefined;
}

interface SessionRoom {
  receive(arrived: Arrived): void;
  welcome(greeting: Greeting): boolean;
}

/** Everything behind the one port. */
export interface OnePort {
  readonly relay: Relay;
  open(): Promise<Result<Port, ListenFault>>;
  /** Ends relayed rooms and whoever has no room yet; resolves when the port is free and everybody from it is gone. */
  close(): Promise<void>;
}

export function createOnePort(parts: OnePortParts): OnePort {
  const { clock, logger, limits, host, port, room } = parts;
  const relay = new Relay({ clock, logger, limits, settings: parts.relay });
  const justConnect = new JustConnect({
    ...parts,
    enter: (sessionId, greeting) => room(sessionId)?.welcome(greeting) ?? false,
  });
  const join = (sessionId: SessionId, arrived: Arrived): boolean => {
    const session = room(sessionId);
    session?.receive(arrived);
    return session !== undefined || relay.join(sessionId, arrived);
  };
  const entrance = new Entrance({
    clock,
    logger,
    limits,
    destinations: {
      netplay: (arrived) => {
        justConnect.accept(arrived);
      },
      join,
      host: (arrived) => {
        relay.host(arrived);
      },
      link: (peer, arrived) => relay.link(peer, arrived),
    },
  });
  return {
    relay,
    open: () => entrance.open(host, port),
    async close() {
      const closed = entrance.close();
      justConnect.close();
      relay.close();
      await closed;
    },
  };
}
