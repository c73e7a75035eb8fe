import { readFileSync } from "node:fs";
import path from "node:path";
import { expect, it } from "vitest";
import { afterThisTest } from "../helpers/cleanup.ts";
import { thisMachine } from "../helpers/distribution.ts";
import { pickRoom } from "../helpers/pick-room.ts";
import { rally } from "../helpers/rally.ts";

it("a stock RetroArch finds the game of a room in a playlist of the catalog by its CRC alone", async () => {
  const { server, roms, playlist } = await pickRoom(afterThisTest(), thisMachine());
  expect(await server.sessions()).toMatchObject([{ game: "rally", roster: [{ nick: "ann" }] }]);
  // RetroArch has read it, replaced the folder by its own, and written it again.
  expect(JSON.parse(readFileSync(playlist, "utf8"))).toMatchObject({
    base_content_directory: roms,
    items: [{ path: path.join(roms, "rally.nes"), crc32: `${rally.crcHex}|crc` }],
  });
});
