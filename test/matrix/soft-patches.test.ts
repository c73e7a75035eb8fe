import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { crc32 } from "node:zlib";
import { describe, expect, it } from "vitest";
import { afterThisTest } from "../helpers/cleanup.ts";
import { releases, retroArchProgram, shareCore } from "../helpers/distribution.ts";
import { Netplayd } from "../helpers/netplayd.ts";
import { rally } from "../helpers/rally.ts";
import { bpsPatch, changed, ipsPatch, upsPatch, xdeltaPatch, type Change } from "../helpers/soft-patches.ts";
import { buildZip } from "../unit/catalog/build-zip.ts";
import { requireDistribution } from "./make-distribution.ts";

/** Two places that the game's program never reads. */
const first: Change = { at: 0x5000, bytes: Buffer.from("first") };
const second: Change = { at: 0x5010, bytes: Buffer.from("second") };

/** A game and the files beside it. */
interface Patched {
  readonly files: Readonly<Record<string, Buffer>>;
  /** The content that the core gets. */
  readonly content: Buffer;
  /** The catalog asks a host for its CRC. */
  readonly untold?: true;
}

interface Case {
  /** The content's name, without its ending. */
  readonly name: string;
  /** @param xdelta - Whether this RetroArch was built with it. */
  readonly make: (game: Buffer, xdelta: boolean) => Patched;
}

const one = (game: Buffer): Buffer => changed(game, first);
const both = (game: Buffer): Buffer => changed(one(game), second);
const zipOf = (name: string, data: Buffer): Buffer => buildZip([{ name, data, deflate: true }]);

const cases: readonly Case[] = [
  { name: "plain", make: (game) => ({ files: { "plain.nes": game }, content: game }) },
  {
    name: "ips",
    make: (game) => ({ files: { "ips.nes": game, "ips.ips": ipsPatch(first) }, content: one(game) }),
  },
  {
    name: "bps",
    make: (game) => ({
      files: { "bps.nes": game, "bps.bps": bpsPatch(game, one(game)) },
      content: one(game),
    }),
  },
  {
    name: "ups",
    make: (game) => ({
      files: { "ups.nes": game, "ups.ups": upsPatch(game, one(game), first) },
      content: one(game),
    }),
  },
  {
    name: "numbered",
    make: (game) => ({
      files: {
        "numbered.nes": game,
        "numbered.ips": ipsPatch(first),
        "numbered.bps1": bpsPatch(one(game), both(game)),
      },
      content: both(game),
    }),
  },
  {
    name: "numbered upon bps",
    make: (game) => ({
      files: {
        "numbered upon bps.nes": game,
        "numbered upon bps.bps": bpsPatch(game, one(game)),
        "numbered upon bps.ips1": ipsPatch(second),
      },
      content: both(game),
      untold: true,
    }),
  },
  {
    name: "zipped",
    make: (game) => ({
      files: {
        "a.zip": zipOf("zipped.nes", game),
        "zipped.ips": ipsPatch(first),
        "zipped.ips1": ipsPatch(second),
      },
      content: both(game),
    }),
  },
  {
    name: "zipped bps",
    make: (game) => ({
      files: { "b.zip": zipOf("zipped bps.nes", game), "zipped bps.bps": bpsPatch(game, one(game)) },
      content: one(game),
    }),
  },
  {
    name: "in a folder of a zip",
    make: (game) => ({
      files: {
        "d.zip": zipOf("hacks/in a folder of a zip.nes", game),
        "hacks/in a folder of a zip.ips": ipsPatch(first),
      },
      content: one(game),
    }),
  },
  {
    name: "for another game",
    make: (game) => ({
      files: { "for another game.nes": game, "for another game.bps": bpsPatch(one(game), both(game)) },
      content: game,
    }),
  },
  {
    name: "xdelta",
    make: (game, xdelta) => ({
      files: { "xdelta.nes": game, "xdelta.xdelta": xdeltaPatch(one(game)) },
      content: xdelta ? one(game) : game,
      untold: true,
    }),
  },
  {
    name: "zipped xdelta",
    make: (game, xdelta) => ({
      files: { "c.zip": zipOf("zipped xdelta.nes", game), "zipped xdelta.xdelta": xdeltaPatch(one(game)) },
      content: xdelta ? one(game) : game,
      untold: true,
    }),
  },
];

/** The demo game with a few changed bytes: each has another CRC. */
function variant(index: number): Buffer {
  const bytes = readFileSync(rally.file);
  return changed(bytes, { at: bytes.length - 1, bytes: Buffer.from([index]) });
}

interface Listed {
  readonly base: string;
  readonly crc: string;
  readonly state: string;
}

describe("the CRC of a patched game", () => {
  it.for([...releases])("is in the catalog as the RetroArch of %s announces it", async (release, context) => {
    const test = afterThisTest(context);
    const distribution = requireDistribution(release);
    const program = retroArchProgram(distribution, test.folder());
    const library = shareCore(distribution, "nestopia", test.folder());
    const server = await Netplayd.prepare(test, {
      retroarch: { binary: program },
      core: { library },
    });
    const roms = path.join(server.folder, "patched");
    mkdirSync(roms);
    const xdelta = release === "forky";
    const made = cases.map(({ name, make }, index) => ({ name, ...make(variant(index), xdelta) }));
    for (const [name, data] of made.flatMap(({ files }) => Object.entries(files))) {
      mkdirSync(path.dirname(path.join(roms, name)), { recursive: true });
      writeFileSync(path.join(roms, name), data);
    }
    const list = async (): Promise<Listed[]> => {
      const listed = JSON.parse((await server.run("catalog", "list", "--json")).stdout) as Listed[];
      return listed.filter(({ base }) => base !== "rally");
    };
    const expected = (state: (one: Patched) => string, crcOf: (one: Patched) => number): unknown[] =>
      made
        .map((one) => ({
          base: one.name,
          crc: crcOf(one).toString(16).toUpperCase().padStart(8, "0"),
          state: state(one),
        }))
        .sort((a, b) => a.base.localeCompare(b.base));

    await server.run("catalog", "scan", roms);
    const isCertain = await list();
    expect(isCertain).toMatchObject(
      expected(
        ({ untold }) => (untold ? "broken" : "unverified"),
        ({ untold, content }) => (untold ? 0 : crc32(content)),
      ),
    );
    const verified = await server.run("catalog", "verify");
    expect(verified.stderr).toBe("");
    expect(await list()).toMatchObject(
      expected(
        () => "verified",
        ({ content }) => crc32(content),
      ),
    );
  });
});
