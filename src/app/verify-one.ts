import { contentArgument, type VerifyOne } from "../catalog/index.ts";
import { ok } from "../shared/index.ts";
import { hostOnce, type HostOnceParts } from "./host-once.ts";

/** Tries a game of the catalog in a real host, and hands on what the host announced. Several may run at once. */
export function createVerifyOne(parts: HostOnceParts): VerifyOne {
  return async (entry, core, signal) => {
    const game = { name: entry.name, core, content: contentArgument(entry), crc: entry.crc };
    const hosted = await hostOnce(game, "info", parts, signal);
    if (!hosted.ok) {
      return hosted;
    }
    const { coreName, coreVersion, crc } = hosted.value.info;
    return ok({ core: coreName, coreVersion: coreVersion.trim(), crc });
  };
}
