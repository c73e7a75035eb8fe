import { toPort, type Port } from "../shared/index.ts";

/** The public ports of `sessions.ports`. It knows only which are given out; whether one can be bound is the gateway's answer. */
export interface PortPool {
  /** The free port that was returned longest ago, so that a player's stale address rarely meets another game. */
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
