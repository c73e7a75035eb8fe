import { anotherBuildOf, type Info } from "../netplay/index.ts";
import { toCrc32 } from "../shared/index.ts";

/** An INFO on which RetroArch says that it has another core loaded. */
export function showCore(core: string): Info {
  return { coreName: core, coreVersion: "", crc: toCrc32(0) };
}

/**
 * Of another version RetroArch warns in its log alone, and goes on waiting. Another core it names on the screen, and leaves.
 *
 * @param hosted - A version that is hosted here, for `netplayd check`; empty: none is known.
 */
export function showVersion(core: string, hosted = ""): Info {
  return { ...showCore(anotherBuildOf(core)), coreVersion: hosted };
}
