import { mkdirSync, renameSync, rmdirSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import Database from "better-sqlite3";
import { describe, expect, it } from "vitest";
import { buildZip } from "../../../unit/catalog/build-zip.ts";
import { createFixture, createRecordingReader, crcOf } from "../../../unit/catalog/catalog-fixture.ts";

const game = Buffer.from("a game of some bytes");

/** A patch that replaces the first byte of a game. */
function ips(byte: string): Buffer {
  return Buffer.concat([Buffer.from("PATCH"), Buffer.from([0, 0, 0, 0, 1]), Buffer.from(`${byte}EOF`)]);
}

function createPatched() {
  const fixture = createFixture();
  const { reader, read } = createRecordingReader();
  return {
    ...fixture,
    scan: () => fixture.scan({ reader }),
    /** The files that were read since the last call. */
    read: () => read.splice(0).sort(),
    crcs: () =>
      Object.fromEntries(
        fixture.catalog.list().map(({ path: file, member, crc }) => [member ?? path.basename(file), crc]),
      ),
  };
}

describe("a soft patch in a folder that has the name of one in an archive", () => {
  it("patches the members in that folder, and its appearance, change and removal are noticed", async () => {
    const { write, scan, crcs, read, folder } = createPatched();
    const members = ["hacks/a.nes", "hacks/deeper/b.nes", "top.nes"];
    write("outer.zip", buildZip(members.map((name) => ({ name, data: game }))));
    write("flat.zip", buildZip([{ name: "flat.nes", data: game }]));
    // Beside the archive: only patches of members that are in no folder belong there.
    write("a.ips", ips("?"));
    await scan();
    const unpatched = crcOf(game);
    const first = (byte: string): number => crcOf(`${byte}${game.toString().slice(1)}`);
    const all = {
      "hacks/a.nes": unpatched,
      "hacks/deeper/b.nes": unpatched,
      "top.nes": unpatched,
      "flat.nes": unpatched,
    };
    expect(crcs()).toEqual(all);
    expect(read()).toEqual(["flat.zip", "outer.zip"]);

    // A folder is no patch, whatever its name.
    mkdirSync(path.join(folder, "hacks/deeper/b.ips"), { recursive: true });
    write("hacks/a.ips", ips("1"));
    expect(await scan()).toMatchObject({ updated: 1, unchanged: 1 });
    expect(crcs()).toEqual({ ...all, "hacks/a.nes": first("1") });
    rmdirSync(path.join(folder, "hacks/deeper/b.ips"));
    write("hacks/deeper/b.ips", ips("2"));
    expect(await scan()).toMatchObject({ updated: 1, unchanged: 1 });
    expect(read()).toEqual(["outer.zip", "outer.zip"]);
    expect(await scan()).toMatchObject({ updated: 0, unchanged: 2 });
    expect(read()).toEqual([]);
    expect(crcs()).toEqual({ ...all, "hacks/a.nes": first("1"), "hacks/deeper/b.nes": first("2") });

    write("hacks/a.ips", Buffer.concat([ips("3"), Buffer.from([0, 0, 5])]));
    await scan();
    expect(crcs()).toMatchObject({ "hacks/a.nes": crcOf("3 gam") });
    rmSync(path.join(folder, "hacks"), { recursive: true });
    expect(await scan()).toMatchObject({ updated: 1, missing: 0 });
    expect(crcs()).toEqual(all);
  });

  it("does not move with its archive, which keeps its id", async () => {
    const { write, scan, crcs, catalog, folder } = createPatched();
    const file = write("here/outer.zip", buildZip([{ name: "sub/a.nes", data: game }]));
    write("here/sub/a.ips", ips("1"));
    await scan();
    const [before] = catalog.list();
    mkdirSync(path.join(folder, "there"));
    renameSync(file, path.join(folder, "there", "outer.zip"));
    expect(await scan()).toMatchObject({ moved: 1, missing: 0 });
    expect(catalog.list()).toMatchObject([{ id: before?.id, missing: false }]);
    expect(crcs()).toEqual({ "sub/a.nes": crcOf(game) });
  });

  it("is the same to an addition and to a scan", async () => {
    const { write, scan, add, crcs } = createPatched();
    const file = write("outer.zip", buildZip([{ name: "sub/a.nes", data: game }]));
    write("sub/a.ips", ips("1"));
    for (const name of ["one.ips", "two.ips", "three.bps"]) {
      write(name, "");
    }
    await add([file]);
    expect(crcs()).toEqual({ "sub/a.nes": crcOf(`1${game.toString().slice(1)}`) });
    expect(await scan()).toMatchObject({ unchanged: 1, updated: 0 });
  });
});

describe("many soft patches beside many archives", () => {
  it("are all checked, and take almost no space in the catalog", async () => {
    const { write, scan, folder, file } = createPatched();
    for (let index = 0; index < 200; index++) {
      write(`${index}.zip`, buildZip([{ name: `${index}.nes`, data: game }]));
      write(`a patch with a long name for game number ${index}.ips`, ips("x"));
    }
    await scan();
    writeFileSync(path.join(folder, "7.ips"), ips("7"));
    // A patch may belong to any member, so all are read.
    expect(await scan()).toMatchObject({ updated: 200 });
    expect(await scan()).toMatchObject({ unchanged: 200 });
    const database = new Database(file, { readonly: true });
    expect(database.prepare("SELECT max(length(sidecars)) FROM files").pluck().get()).toBeLessThan(40);
    database.close();
  });
});
