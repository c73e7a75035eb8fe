import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { readJob } from "../../../../src/catalog/content/read/content-reader.ts";
import { patchesIn } from "../../../../src/catalog/content/patch/soft-patch.ts";
import { scratchFolder } from "../../../helpers/cleanup.ts";
import { buildZip } from "../../../unit/catalog/build-zip.ts";
import { crcOf } from "../../../unit/catalog/catalog-fixture.ts";

const MEMBERS = 200;

/** Bytes that this process has read so far (proc(5), `rchar`). */
function bytesRead(): number {
  return Number(/^rchar: (\d+)$/m.exec(readFileSync("/proc/self/io", "utf8"))?.[1]);
}

describe("a zip of patched games", () => {
  it("has its directory read once for all of them", async () => {
    const folder = scratchFolder();
    // Overwrites the first byte: record at 0 of one byte.
    const patch = Buffer.concat([Buffer.from("PATCH"), Buffer.from([0, 0, 0, 0, 1]), Buffer.from("XEOF")]);
    const names = Array.from(
      { length: MEMBERS },
      (_, index) => `${"a game with a long name ".repeat(3)}${index}`,
    );
    const zip = buildZip(names.map((name) => ({ name: `${name}.nes`, data: Buffer.from("a game") })));
    const archive = path.join(folder, "games.zip");
    writeFileSync(archive, zip);
    names.forEach((name) => {
      writeFileSync(path.join(folder, `${name}.ips`), patch);
    });
    const patches = patchesIn(folder);
    const before = bytesRead();
    const read = await readJob({ path: archive, members: null, whole: false, patches });
    const bytes = bytesRead() - before;
    const crcs = read.ok ? read.value.contents.map(({ crc }) => crc) : [];
    expect(crcs).toEqual(names.map(() => crcOf("X game")));
    expect(bytes).toBeLessThan(10 * zip.length);
  });
});
