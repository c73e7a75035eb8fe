/** What the operator can do about a room that cannot be hosted; empty for reasons that pass by themselves. */
export function adviceFor(reason: string): string {
  return advice.get(reason) ?? "";
}

const advice = new Map([
  [
    "unknown-game",
    "no game of the catalog for this core has this name or CRC: run netplayd catalog scan, or correct the room's game",
  ],
  ["content-missing", "the game's file is gone: bring it back, and run netplayd catalog scan"],
  ["content-changed", "the game's file has changed since it was read: run netplayd catalog scan"],
  ["not-verified", "only verified games are hosted: run netplayd catalog verify"],
  ["core-version", "no build of the core may host: see netplayd cores, and the core's versions"],
  ["max-sessions", "all sessions are taken: raise sessions.max"],
  [
    "start-failed",
    'RetroArch does not host it: the line "session failed" has its words, and netplayd doctor looks further',
  ],
  [
    "no-port",
    "no port on loopback could be had for its host: see how many files netplayd may open (ulimit -n)",
  ],
]);
