import { toPort, type Port } from "../shared/index.ts";

/** The public ports of `sessions.ports`: which are free. Only the gateway finds out whether a port can be bound. */
export interface PortPool {
  /** The free port that was returned longest ago, so that a player's old address rarely leads to another game. */
  reserve(): Port | undefined;
  /** @throws RangeError for a port that is not given out: it would serve two sessions. */
  release(port: Port): void;
}

/** @param range - First and last port, both included. */
export function createPortPool(range: { readonly first: number; readonly last: number }): PortPool {
  const free = Array.from({ length: range.last - range.first + 1 }, (_, index) =>
    toPort(range.first + index),
  );
  const reserved = new Set<Port>();
  return {
    reserve() {
      const port = free.shift();
      if (port !== undefined) {
        reserved.add(port);
      }
      return port;
    },
    release(port) {
      if (!reserved.delete(port)) {
        throw new RangeError(`port ${port} is not given out`);
      }
      free.push(port);
    },
  };
}
