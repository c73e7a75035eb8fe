import { isSameCoreName, type Info } from "../netplay/index.ts";
import { formatCrc32, type Crc32 } from "../shared/index.ts";

/** What a player has. */
export interface PlayerSide {
  readonly core: string;
  /** Empty: unknown. */
  readonly coreVersion: string;
  /** Undefined: unknown. */
  readonly stateSizeBytes: number | undefined;
  readonly crc: Crc32;
  readonly retroarch: { readonly text: string; readonly major: number; readonly minor: number };
  /** The player's own info file lets RetroArch play online with this core. */
  readonly gateOpen: boolean;
}

/** What a host announces. */
export interface HostSide {
  readonly info: Info;
  /** Undefined: not asked for. */
  readonly stateSizeBytes: number | undefined;
}

/**
 * Whether this player gets into the game and stays in it.
 *
 * @returns What to change first, in one line; undefined when nothing has to be.
 */
export function judgeAcceptance(player: PlayerSide, host: HostSide): string | undefined {
  const { info } = host;
  if (player.retroarch.major < 1 || (player.retroarch.major === 1 && player.retroarch.minor < 9)) {
    return `RetroArch ${player.retroarch.text} is too old: install 1.9.1 or newer.`;
  }
  if (!isSameCoreName(info.coreName, player.core)) {
    return `The server hosts with the core ${info.coreName}, not ${player.core}: use ${info.coreName}.`;
  }
  // A host that does not know its CRC says 0, and takes every content.
  if (info.crc !== 0 && info.crc !== player.crc) {
    return `The server hosts another content (CRC ${formatCrc32(info.crc)}, yours has ${formatCrc32(player.crc)}): use a file with that CRC.`;
  }
  return judgeVersion(player, host) ?? judgeGate(player);
}

function judgeVersion(player: PlayerSide, { info, stateSizeBytes }: HostSide): string | undefined {
  const [own, theirs] = [player.coreVersion.trim(), info.coreVersion.trim()];
  const isKnownToFit = stateSizeBytes !== undefined && stateSizeBytes === player.stateSizeBytes;
  return own === "" || own === theirs || isKnownToFit
    ? undefined
    : `The server's ${info.coreName} is version ${theirs}, yours ${own}, and its savestates may not fit: install ${theirs}, or ask the server's operator for ${own}.`;
}

function judgeGate({ core, gateOpen }: PlayerSide): string | undefined {
  return gateOpen
    ? undefined
    : `The server accepts it, but the info file of ${core} on this machine keeps RetroArch from playing it online: use netplayd play or netplayd join, or set savestate_features = "deterministic" in that file.`;
}
