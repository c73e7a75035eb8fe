import type { CoreConfig } from "../config.ts";
import type { HostedGame } from "../game.ts";
import type { JoinRequest, NoRoom } from "../join-request.ts";
import { anotherBuildOf, isSameCoreName, type Info } from "../netplay/index.ts";
import type { PersistentRoom } from "../room-config.ts";
import { foldName, toCrc32, type Crc32, type Result } from "../shared/index.ts";

export interface ExplanationParts {
  readonly cores: readonly CoreConfig[];
  /** The CRC of a game of this core that is not the one given; undefined when there is none. */
  readonly otherCrc: (core: string, crc: Crc32) => Crc32 | undefined;
  /** What a build of this core said when it hosted once; empty while none has. With a library: that build alone. */
  readonly versionOf: (core: string, library?: string) => string;
}

interface RoomParts {
  readonly persistent: {
    gameOf(room: PersistentRoom, coreVersion: string): Result<HostedGame, string>;
  };
  readonly versionOf: ExplanationParts["versionOf"];
}

/**
 * Why no room was found, with an INFO on which RetroArch names the difference, or `netplayd check` does. The own core with a CRC of 0,
 * which RetroArch compares with nothing: this core's games are found by name.
 */
export function explainRefusal(
  reason: string,
  { coreName, coreVersion, crc: own }: JoinRequest,
  { cores, otherCrc, versionOf }: ExplanationParts,
): NoRoom {
  const [first] = cores;
  switch (reason) {
    case "unknown-core":
      return first === undefined ? { reason } : { reason, show: showCore(first.name) };
    case "core-version":
      return { reason, show: showVersion(coreName, versionOf(coreName)) };
    case "unknown-game":
    case "content-missing":
    case "content-changed": {
      const key = foldName(coreName);
      const isByName = cores.some(({ name, match }) => foldName(name) === key && match === "name");
      const crc = isByName ? toCrc32(0) : otherCrc(coreName, own);
      return crc === undefined ? { reason } : { reason, show: { coreName, coreVersion, crc } };
    }
    default:
      return { reason };
  }
}

/** What keeps this player out of this persistent room, with an INFO on which RetroArch names it where it can. */
export function explainDifference(
  { coreName, coreVersion, crc }: JoinRequest,
  room: PersistentRoom,
  parts: RoomParts,
): NoRoom | undefined {
  if (!isSameCoreName(coreName, room.core)) {
    return { reason: "wrong-core", show: loadedIn(room, parts) };
  }
  const found = parts.persistent.gameOf(room, coreVersion);
  if (!found.ok) {
    const { reason } = found;
    return reason === "core-version"
      ? { reason, show: showVersion(room.core, loadedIn(room, parts).coreVersion) }
      : { reason };
  }
  const game = found.value;
  const isAnyContent = game.core.match === "name" || game.crc === 0;
  return isAnyContent || crc === game.crc
    ? undefined
    : { reason: "wrong-content", show: { coreName, coreVersion, crc: game.crc } };
}

/** What a persistent room has loaded, or would have. */
export function loadedIn(room: PersistentRoom, { persistent, versionOf }: RoomParts): Info {
  const found = persistent.gameOf(room, "");
  if (!found.ok) {
    return showCore(room.core);
  }
  const { core, crc } = found.value;
  return { coreName: room.core, coreVersion: versionOf(core.name, core.library), crc };
}

/** An INFO on which RetroArch says that it has another core loaded. */
function showCore(core: string): Info {
  return { coreName: core, coreVersion: "", crc: toCrc32(0) };
}

/**
 * Of another version RetroArch warns in its log alone, and goes on waiting. Another core it names on the screen, and leaves.
 *
 * @param hosted - A version that is hosted here, for `netplayd check`; empty: none is known.
 */
function showVersion(core: string, hosted: string): Info {
  return { ...showCore(anotherBuildOf(core)), coreVersion: hosted };
}
