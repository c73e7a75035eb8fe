import type { GameQuery } from "../game.ts";
import type { RoomConfig } from "../room-config.ts";
import { parseCrc32, toCrc32, type Result } from "../shared/index.ts";

/**
 * Finds a room's game as a request would: by its CRC if the text looks like one, else by its names.
 *
 * @param coreVersion - The version of the player's core; empty for any.
 */
export function findRoomGame<T>(
  { core, game }: Pick<RoomConfig, "core" | "game">,
  coreVersion: string,
  find: (wanted: GameQuery) => Result<T, string>,
): Result<T, string> {
  const crc = /^[0-9a-f]{8}$/i.test(game) ? parseCrc32(game) : undefined;
  const byCrc = crc === undefined ? undefined : find({ core, coreVersion, crc, game: "", base: "" });
  return byCrc?.ok === true ? byCrc : find({ core, coreVersion, crc: toCrc32(0), game, base: game });
}
