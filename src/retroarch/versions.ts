/** A RetroArch release, e.g. 1.14.0. */
export interface RetroArchVersion {
  readonly text: string;
  readonly major: number;
  readonly minor: number;
}

/** Finds the version in what `retroarch --version` prints (`… -- v1.14.0 -- …`); undefined when there is none. */
export function parseVersion(output: string): RetroArchVersion | undefined {
  const [, text, major, minor] = /\bv?((\d+)\.(\d+)\.\d+)\b/.exec(output) ?? [];
  return text === undefined ? undefined : { text, major: Number(major), minor: Number(minor) };
}

/** True when this release can host for netplayd: its tunnel mode and `custom` tunnel server came with 1.10.0. */
export function canHost(version: RetroArchVersion): boolean {
  return isAtLeast(version, 1, 10);
}

/**
 * The highest netplay protocol that this release speaks: 7 since 1.21.0, 6 since 1.10.0 (`NETPLAY_PROTOCOL_VERSION` in
 * RetroArch's netplay_protocol.h). A release newer than this table speaks at least as much.
 */
export function highestProtocol(version: RetroArchVersion): number {
  if (isAtLeast(version, 1, 21)) {
    return 7;
  }
  return isAtLeast(version, 1, 10) ? 6 : 5;
}

function isAtLeast(version: RetroArchVersion, major: number, minor: number): boolean {
  return version.major > major || (version.major === major && version.minor >= minor);
}
