import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DatSyntaxError, regionOf, systemOf } from "../../../../../src/catalog/dat/formats/dat-game.ts";
import { createLogiqxParser } from "../../../../../src/catalog/dat/formats/parse-logiqx.ts";
import { collectDat } from "./collect-dat.ts";

const sample = `\ufeff<?xml version="1.0"?>
<!DOCTYPE datafile PUBLIC "-//Logiqx//DTD ROM Management Datafile//EN" "http://www.logiqx.com/Dats/datafile.dtd">
<datafile>
  <header>
    <name>Nintendo - Game Boy (Parent-Clone)</name>
    <description>Nintendo - Game Boy</description>
    <version>20240131-000000</version>
    <author>A &amp; B</author>
  </header>
  <game name="Rally (USA, Europe) (Rev 1)" cloneof="Rally (World)">
    <description>Rally &quot;X&quot; (USA, Europe)</description>
    <release name="Rally" region="EUR"/>
    <release name="Rally" region="USA"/>
    <rom name="Rally (USA, Europe) (Rev 1).gb" size="32768" crc="46df91ad" md5="00" status="verified"/>
  </game>
  <game name="Zero (Japan)"><rom name="Zero.gb" size="1" crc="1F"/></game>
  <game name="Lost (Japan)"><rom name="Lost.gb" size="65536" status="nodump"/><rom name="b" size="2" crc="" /></game>
  <game name="星のカービィ"><description><![CDATA[Kirby <3]]></description><rom name="k.gb" crc="00000001"/></game>
  <machine name="mslug" romof="neogeo" isbios="no"><description>Metal Slug</description><rom name="a" size="5" crc="ABCDEF01"/></machine>
  <machine name="neogeo" isbios="yes"><rom name="bios" size="5" crc="2" status="baddump"/></machine>
  <game><rom name="nameless" crc="3"/></game>
</datafile>`;

describe("Logiqx XML", () => {
  it("gives header and games, with CRCs in every spelling and without dumps that do not exist", () => {
    const { header, games } = collectDat(createLogiqxParser, Buffer.from(sample));
    expect(header).toEqual({ name: "Nintendo - Game Boy (Parent-Clone)", version: "20240131-000000" });
    expect(games).toEqual([
      {
        name: "Rally (USA, Europe) (Rev 1)",
        title: 'Rally "X" (USA, Europe)',
        region: "EUR",
        parent: "Rally (World)",
        isBios: false,
        roms: [{ name: "Rally (USA, Europe) (Rev 1).gb", sizeBytes: 32768, crc: 0x46df91ad }],
      },
      game("Zero (Japan)", { region: "Japan", roms: [{ name: "Zero.gb", sizeBytes: 1, crc: 0x1f }] }),
      game("Lost (Japan)", { region: "Japan", roms: [] }),
      game("星のカービィ", { title: "Kirby <3", roms: [{ name: "k.gb", sizeBytes: undefined, crc: 1 }] }),
      game("mslug", {
        title: "Metal Slug",
        parent: "neogeo",
        roms: [{ name: "a", sizeBytes: 5, crc: 0xabcdef01 }],
      }),
      game("neogeo", { isBios: true, roms: [{ name: "bios", sizeBytes: 5, crc: 2 }] }),
    ]);
  });

  it("is read the same in pieces of any size", () => {
    const whole = collectDat(createLogiqxParser, Buffer.from(sample));
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 300 }), (pieceBytes) => {
        expect(collectDat(createLogiqxParser, Buffer.from(sample), pieceBytes)).toEqual(whole);
      }),
      { numRuns: 60 },
    );
  });

  it.each([
    [
      "declared Latin-1",
      Buffer.from('<?xml version="1.0" encoding="ISO-8859-1"?><d><game name="Pok\xe9"/></d>', "latin1"),
    ],
    [
      "Latin-1 that is not declared",
      Buffer.from('<?xml version="1.0"?><d><game name="Pok\xe9"/></d>', "latin1"),
    ],
    [
      "UTF-16",
      Buffer.from('\ufeff<?xml version="1.0" encoding="UTF-16"?><d><game name="Poké"/></d>', "utf16le"),
    ],
  ])("is read in %s", (_title, bytes) => {
    expect(collectDat(createLogiqxParser, bytes).games.map(({ name }) => name)).toEqual(["Poké"]);
  });

  it.each([
    [
      "an external entity",
      '<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]><d><game name="a"><description>&x;</description></game></d>',
      /line 1: undefined entity/,
    ],
    [
      "entities that multiply",
      '<!DOCTYPE d [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;">]><d><game name="&b;"/></d>',
      /line 1: undefined entity/,
    ],
    [
      "a gigantic attribute",
      `<d><game name="${"x".repeat(3_000_000)}"/></d>`,
      /more than 1048576 characters without a tag/,
    ],
    [
      "gigantic text",
      `<d><header><name>${"x".repeat(3_000_000)}`,
      /more than 1048576 characters without a tag/,
    ],
    ["a file that is cut short", sample.slice(0, 700), /unclosed tag/],
    ["an empty file", "", /./],
    ["text", "<not xml at all", /./],
  ])("is refused with %s", (_title, text, message) => {
    const parse = (): unknown => collectDat(createLogiqxParser, Buffer.from(text), 65_536);
    expect(parse).toThrow(DatSyntaxError);
    expect(parse).toThrow(message);
  });

  it("never throws another error than its own, for any input", () => {
    const fragments = fc.constantFrom(
      "<",
      ">",
      "game",
      "<game name='",
      "'",
      "</game>",
      "&",
      ";",
      "<!--",
      "]]>",
      "<![CDATA[",
      "\0",
      "é",
      "<?",
    );
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 300 }),
      fc.array(fragments, { maxLength: 40 }).map((parts) => Buffer.from(parts.join(""))),
    );
    fc.assert(
      fc.property(bytes, fc.integer({ min: 1, max: 64 }), (data, pieceBytes) => {
        try {
          collectDat(createLogiqxParser, data, pieceBytes);
        } catch (error) {
          expect(error).toBeInstanceOf(DatSyntaxError);
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe("names in DATs", () => {
  it.each([
    ["Rally (USA)", "USA"],
    ["Rally (Beta) (USA, Europe)", "USA, Europe"],
    ["Rally (En,Fr,De)", undefined],
    ["Rally", undefined],
  ])("%s is from %s", (name, region) => {
    expect(regionOf(name)).toBe(region);
  });

  it.each([
    ["Nintendo - Game Boy (Parent-Clone) (20240131-000000)", "Nintendo - Game Boy"],
    ["Sony - PlayStation - Datfile (10873) (2024-05-01 12-00-00)", "Sony - PlayStation"],
    ["MAME", "MAME"],
    ["(odd)", "(odd)"],
  ])("%s is the system %s", (name, system) => {
    expect(systemOf(name)).toBe(system);
  });
});

function game(name: string, more: object): object {
  return { name, title: name, region: undefined, parent: undefined, isBios: false, ...more };
}
