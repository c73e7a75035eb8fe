import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DatSyntaxError } from "../../../../../src/catalog/dat/formats/dat-game.ts";
import { createRdbParser } from "../../../../../src/catalog/dat/formats/parse-rdb.ts";
import { text } from "./build-rdb.ts";
import { collectDat } from "./collect-dat.ts";

const sample = Buffer.concat([
  Buffer.from("RARCHDB\0"), // magic and its padding
  Buffer.from([0, 0, 0, 0, 0, 0, 0, 0x99]), // offset of the closing map, not needed
  Buffer.from([0x84]), // a map of 4
  text("name"),
  text("Rally (USA, Europe)"),
  text("rom_name"),
  text("Rally (USA, Europe) (a rather long name).gb"),
  text("size"),
  Buffer.from([0xcd, 0x80, 0x00]), // uint 16: 32768
  text("crc"),
  Buffer.from([0xc4, 4, 0x46, 0xdf, 0x91, 0xad]), // bin 8 of 4 bytes
  Buffer.from([0x83]), // a map of 3: no CRC, a field that is no text, an unknown list
  text("description"),
  text("Only described"),
  text("releaseyear"),
  Buffer.from([0xcf, 0, 0, 0, 0, 0, 0, 0x07, 0xc6]), // uint 64: 1990
  text("tags"),
  Buffer.from([0x92, 0xff, 0xc0]), // [-1, nil]
  Buffer.from([0xc0]), // nil: no more games
  Buffer.from([0x81]), // the closing map
  text("count"),
  Buffer.from([0x02]),
  Buffer.from("index blocks, not MessagePack \xff\xff", "latin1"),
]);
const createParser = (sink: Parameters<typeof createRdbParser>[0]) =>
  createRdbParser(sink, "Nintendo - Game Boy");

describe("libretro's database", () => {
  const expected = {
    header: { name: "Nintendo - Game Boy", version: "" },
    games: [
      {
        name: "Rally (USA, Europe)",
        title: "Rally (USA, Europe)",
        region: "USA, Europe",
        parent: undefined,
        isBios: false,
        roms: [{ name: "Rally (USA, Europe) (a rather long name).gb", sizeBytes: 32768, crc: 0x46df91ad }],
      },
      {
        name: "Only described",
        title: "Only described",
        region: undefined,
        parent: undefined,
        isBios: false,
        roms: [],
      },
    ],
  };

  it("gives its games, in pieces of any size", () => {
    for (let pieceBytes = 1; pieceBytes <= sample.length; pieceBytes++) {
      expect(collectDat(createParser, sample, pieceBytes)).toEqual(expected);
    }
  });

  it("is refused when it ends anywhere before its last game's end", () => {
    const end = sample.indexOf(Buffer.from([0xc0, 0x81])) + 1;
    for (let length = 0; length < end; length++) {
      expect(() => collectDat(createParser, sample.subarray(0, length))).toThrow(DatSyntaxError);
    }
    expect(collectDat(createParser, sample.subarray(0, end))).toEqual(expected);
  });

  it("is refused with a game that claims to be gigantic", () => {
    const giant = Buffer.concat([
      sample.subarray(0, 16),
      Buffer.from([0xc6, 0xff, 0xff, 0xff, 0xff]),
      Buffer.alloc(3_000_000),
    ]);
    expect(() => collectDat(createParser, giant, 65_536)).toThrow(/a game of more than/);
  });

  it("is refused with bytes that are no MessagePack, or no map", () => {
    for (const bytes of ["c1", "d40000", "7f", "9100", "c0".padStart(120, "81")]) {
      const damaged = Buffer.concat([sample.subarray(0, 16), Buffer.from(bytes, "hex")]);
      expect(() => collectDat(createParser, damaged)).toThrow(DatSyntaxError);
    }
  });

  it("never throws another error than its own, for any input", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), fc.integer({ min: 1, max: 64 }), (data, pieceBytes) => {
        try {
          collectDat(createParser, Buffer.concat([sample.subarray(0, 16), data]), pieceBytes);
        } catch (error) {
          expect(error).toBeInstanceOf(DatSyntaxError);
        }
      }),
      { numRuns: 1000 },
    );
  });
});
