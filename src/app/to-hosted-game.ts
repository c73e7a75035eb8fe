import type { HostedGame } from "../game.ts";
import { contentArgument, type CatalogEntry } from "../catalog/index.ts";
import type { CoreConfig } from "../config.ts";

/** An entry of the catalog as this core hosts it. */
export function toHostedGame(entry: CatalogEntry, core: CoreConfig): HostedGame & { base: string } {
  const { id, name, base, crc } = entry;
  return { entryId: id, core, name, base, content: contentArgument(entry), crc };
}
