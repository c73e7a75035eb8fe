import { isSameCoreName, type Info } from "../../netplay/index.ts";
import type { Crc32 } from "../../shared/index.ts";

/** What a client must have loaded. `crc` undefined: any content, for cores whose CRC says nothing. */
export interface Expected {
  readonly core: string;
  readonly crc: Crc32 | undefined;
  /** Its answer to the content query, which it must repeat. */
  readonly said?: Info | undefined;
}

export type InfoMismatch = "changed-info" | "wrong-core" | "wrong-content";

export function compareInfo(info: Info, { core, crc, said }: Expected): InfoMismatch | undefined {
  if (said !== undefined && !isSame(info, said)) {
    return "changed-info";
  }
  if (!isSameCoreName(info.coreName, core)) {
    return "wrong-core";
  }
  return crc !== undefined && info.crc !== crc ? "wrong-content" : undefined;
}

function isSame(one: Info, other: Info): boolean {
  return one.crc === other.crc && one.coreName === other.coreName && one.coreVersion === other.coreVersion;
}
