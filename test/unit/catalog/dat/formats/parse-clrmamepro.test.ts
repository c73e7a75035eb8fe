import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DatSyntaxError } from "../../../../../src/catalog/dat/formats/dat-game.ts";
import { createClrMameProParser } from "../../../../../src/catalog/dat/formats/parse-clrmamepro.ts";
import { collectDat } from "./collect-dat.ts";

const sample = `\ufeffclrmamepro (
	name "Nintendo - Game Boy"
	version 2024.01.31
	homepage "https://example.org/ (not a bracket)"
)

game (
	name "Rally (USA, Europe) (Rev 1)"
	region "World"
	comment "Rally"
	rom ( name "Rally (USA, Europe) (Rev 1).gb" size 32768 crc 46df91ad md5 00 )
)
game ( name "Say \\"Hi\\" (Japan)" rom ( name "a\\b" size 1 crc 1F ) )
game ( name "Lost" rom ( name a size 1 flags nodump ) rom ( name b crc 5 flags nodump ) rom ( name c size x crc 00000006 ) )
resource ( name neogeo description "Neo-Geo" rom ( name bios crc 2 ) )
game ( name mslug romof neogeo sample ( a ( b ( c ) ) ) rom ( name a crc ABCDEF01 ) )
game ( description "no name" )
`;

describe("clrmamepro text", () => {
  it("gives header and games, with quotes, brackets in names and nested blocks", () => {
    const { header, games } = collectDat(createClrMameProParser, Buffer.from(sample));
    expect(header).toEqual({ name: "Nintendo - Game Boy", version: "2024.01.31" });
    expect(games).toEqual([
      game("Rally (USA, Europe) (Rev 1)", {
        region: "World",
        roms: [{ name: "Rally (USA, Europe) (Rev 1).gb", sizeBytes: 32768, crc: 0x46df91ad }],
      }),
      game('Say "Hi" (Japan)', { region: "Japan", roms: [{ name: "a\\b", sizeBytes: 1, crc: 0x1f }] }),
      game("Lost", { roms: [{ name: "c", sizeBytes: undefined, crc: 6 }] }),
      game("neogeo", {
        title: "Neo-Geo",
        isBios: true,
        roms: [{ name: "bios", sizeBytes: undefined, crc: 2 }],
      }),
      game("mslug", { parent: "neogeo", roms: [{ name: "a", sizeBytes: undefined, crc: 0xabcdef01 }] }),
    ]);
  });

  it("is read the same in pieces of any size", () => {
    const whole = collectDat(createClrMameProParser, Buffer.from(sample));
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 200 }), (pieceBytes) => {
        expect(collectDat(createClrMameProParser, Buffer.from(sample), pieceBytes)).toEqual(whole);
      }),
      { numRuns: 60 },
    );
  });

  it("is read in Latin-1", () => {
    const bytes = Buffer.from('game ( name "Pok\xe9mon" )', "latin1");
    expect(collectDat(createClrMameProParser, bytes).games[0]?.name).toBe("Pokémon");
  });

  it.each([
    ["brackets that stay open", "game ( name a", /ends inside brackets/],
    ["quotes that stay open", 'game ( name "a )', /ends inside/],
    ["a bracket too many", "game ( name a ) )", /closing bracket/],
    ["endless nesting", "a ( ".repeat(1000), /nested deeper/],
    ["a gigantic name", `game ( name "${"x".repeat(3_000_000)}" )`, /a name longer than/],
    ["nothing in it", "  \n ", /nothing in it/],
  ])("is refused with %s", (_title, text, message) => {
    const parse = (): unknown => collectDat(createClrMameProParser, Buffer.from(text), 65_536);
    expect(parse).toThrow(DatSyntaxError);
    expect(parse).toThrow(message);
  });

  it("never throws another error than its own, for any input", () => {
    const fragments = fc.constantFrom(
      "(",
      ")",
      '"',
      "\\",
      " ",
      "game",
      "rom",
      "name",
      "crc",
      "\n",
      "\0",
      "é",
    );
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 300 }),
      fc.array(fragments, { maxLength: 60 }).map((parts) => Buffer.from(parts.join(""))),
    );
    fc.assert(
      fc.property(bytes, fc.integer({ min: 1, max: 64 }), (data, pieceBytes) => {
        try {
          collectDat(createClrMameProParser, data, pieceBytes);
        } catch (error) {
          expect(error).toBeInstanceOf(DatSyntaxError);
        }
      }),
      { numRuns: 500 },
    );
  });
});

function game(name: string, more: object): object {
  return { name, title: name, region: undefined, parent: undefined, isBios: false, ...more };
}
