import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { crc32 } from "node:zlib";
import type { Netplayd } from "../../test/helpers/netplayd.ts";
import { rally } from "../../test/helpers/rally.ts";

/** Puts games into the server's catalog until there are ten: the demo game, and copies that differ in one pixel. */
export async function catalogOfTen(server: Netplayd): Promise<number[]> {
  const crcs = [rally.crc];
  const files: string[] = [];
  for (let copy = 1; copy < 10; copy++) {
    const image = readFileSync(rally.file);
    // The last byte is part of the last tile's picture.
    image.writeUInt8(image.readUInt8(image.length - 1) ^ copy, image.length - 1);
    const file = path.join(server.folder, `rally-${copy}.nes`);
    writeFileSync(file, image);
    files.push(file);
    crcs.push(crc32(image));
  }
  const added = await server.run("catalog", "add", ...files);
  if (added.code !== 0) {
    throw new Error(added.stderr);
  }
  return crcs;
}
