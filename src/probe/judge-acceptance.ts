import { anotherBuildOf, isSameCoreName, type Info } from "../netplay/index.ts";
import { formatCrc32, type Crc32 } from "../shared/index.ts";

/** What a player has. */
export interface PlayerSide {
  readonly core: string;
  /** Empty: unknown. */
  readonly coreVersion: string;
  /** Undefined: unknown. */
  readonly stateSizeBytes: number | undefined;
  readonly crc: Crc32;
  /** Version of the player's RetroArch, e.g. `1.14.0`. */
  readonly retroarch: string;
  /** The player's own info file lets RetroArch play online with this core. */
  readonly gateOpen: boolean;
}

/** What a host announces. */
export interface HostSide {
  readonly info: Info;
  /** It has a room for each game that players bring, and was told what this player has. */
  readonly takesWhatComes: boolean;
  /** The room is reached by its session's id. */
  readonly byId: boolean;
  /** Undefined: not asked for. */
  readonly stateSizeBytes: number | undefined;
}

/**
 * Whether this player gets into the game and stays in it.
 *
 * @returns What to change first, in one line; undefined when nothing has to be.
 */
export function judgeAcceptance(player: PlayerSide, host: HostSide): string | undefined {
  return (
    judgeRetroArch(player, host) ??
    judgeCore(player, host) ??
    judgeContent(player, host) ??
    judgeVersion(player, host) ??
    judgeGate(player)
  );
}

function judgeRetroArch({ retroarch }: PlayerSide, { byId }: HostSide): string | undefined {
  if (isOlder(retroarch, [1, 9, 1])) {
    return `RetroArch ${retroarch} is too old: install 1.9.1 or newer.`;
  }
  return byId && isOlder(retroarch, [1, 10, 0])
    ? `RetroArch ${retroarch} cannot join by a session's id: install 1.10 or newer.`
    : undefined;
}

function judgeCore(player: PlayerSide, { info, takesWhatComes }: HostSide): string | undefined {
  const { core } = player;
  if (isSameCoreName(info.coreName, core)) {
    return undefined;
  }
  if (isSameCoreName(info.coreName, anotherBuildOf(core))) {
    return judgeBuild(player, info.coreVersion, "it has no build for yours");
  }
  return takesWhatComes
    ? `The server does not have the core ${core}: use ${info.coreName}, or ask its operator to add ${core}.`
    : `The server hosts with the core ${info.coreName}, not ${core}: use ${info.coreName}.`;
}

function judgeContent(player: PlayerSide, { info, takesWhatComes }: HostSide): string | undefined {
  const own = formatCrc32(player.crc);
  // A host that does not know its CRC says 0, and takes every content.
  if (info.crc === player.crc || (info.crc === 0 && !takesWhatComes)) {
    return undefined;
  }
  if (!takesWhatComes) {
    return `The server hosts another content (CRC ${formatCrc32(info.crc)}, yours has ${own}): use a file with that CRC.`;
  }
  if (info.crc !== 0) {
    return `The server does not have this content (CRC ${own}) for ${info.coreName}: use another dump of the game, or ask its operator to add yours.`;
  }
  return `The server knows the games of ${info.coreName} by their file names, which RetroArch does not tell it: use netplayd play, or the id of a session.`;
}

function judgeVersion(player: PlayerSide, { info, stateSizeBytes }: HostSide): string | undefined {
  const own = player.coreVersion.trim();
  const isKnownToFit = stateSizeBytes !== undefined && stateSizeBytes === player.stateSizeBytes;
  return own === "" || own === info.coreVersion.trim() || isKnownToFit
    ? undefined
    : judgeBuild(player, info.coreVersion, "its savestates may not fit");
}

function judgeBuild({ core, coreVersion }: PlayerSide, version: string, consequence: string): string {
  const [own, theirs] = [coreVersion.trim(), version.trim()];
  return theirs === ""
    ? `The server has no build of ${core} for your version ${own}: ask its operator for it.`
    : `The server's ${core} is version ${theirs}, yours ${own}, and ${consequence}: install ${theirs}, or ask the server's operator for ${own}.`;
}

function judgeGate({ core, gateOpen }: PlayerSide): string | undefined {
  return gateOpen
    ? undefined
    : `The server accepts it, but the info file of ${core} on this machine keeps RetroArch from playing it online: use netplayd play or netplayd join, or set savestate_features = "deterministic" in that file.`;
}

function isOlder(version: string, [major, minor, patch]: readonly [number, number, number]): boolean {
  const [a = 0, b = 0, c = 0] = version.split(".").map(Number);
  return a !== major ? a < major : b !== minor ? b < minor : c < patch;
}
