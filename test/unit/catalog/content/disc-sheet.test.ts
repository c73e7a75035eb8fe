import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { partsOf, tracksOf } from "../../../../src/catalog/content/disc-sheet.ts";

const sheets: readonly (readonly [string, string, readonly string[]])[] = [
  [
    "/g/a.cue",
    `\ufeffCATALOG 0\r\nFILE "Game (Track 1).bin" BINARY\r\n  TRACK 01 MODE1/2352\r\nfile two.wav WAVE\rFILE "sub\\three.bin" BINARY\n REM FILE "no.bin" BINARY`,
    ["/g/Game (Track 1).bin", "/g/two.wav", "/g/sub/three.bin"],
  ],
  [
    "/g/a.gdi",
    '3\n1 0 4 2352 track01.bin 0\n2 756 0 2352 "track 02.raw" 0\n 3 45000 4 2352 track03.bin 0\n',
    ["/g/track01.bin", "/g/track 02.raw", "/g/track03.bin"],
  ],
  [
    "/g/a.toc",
    'CD_ROM\nTRACK MODE1\nDATAFILE "a.bin" 10:00:00\nFILE "b.wav" 0\nAUDIOFILE "b.wav" 0',
    ["/g/a.bin", "/g/b.wav"],
  ],
  ["/g/a.v1.ccd", "[CloneCD]\nVersion=3\n", ["/g/a.v1.img"]],
];

describe("the sheet of a disc", () => {
  it.each(sheets)("%s names its tracks", (sheet, text, parts) => {
    expect(partsOf(sheet, text)).toEqual(parts);
    expect(tracksOf(sheet, parts)).toEqual(parts);
  });

  it("names discs, not tracks, when it is a playlist", () => {
    const text = "#EXTM3U\n\ndisc 1.cue\n../other/disc 2.chd|The second\r\n/abs/pack.zip#disc 3.d64\n";
    const discs = ["/g/disc 1.cue", "/other/disc 2.chd", "/abs/pack.zip"];
    expect(partsOf("/g/a.m3u", text)).toEqual(discs);
    expect(tracksOf("/g/a.m3u", discs)).toEqual([]);
  });

  it("gives only absolute paths, whatever its text is", () => {
    const sheet = fc.constantFrom("/g/a.cue", "/g/a.gdi", "/g/a.toc", "/g/a.ccd", "/g/a.m3u");
    fc.assert(
      fc.property(sheet, fc.uint8Array({ maxLength: 200 }), (file, bytes) => {
        for (const part of partsOf(file, Buffer.from(bytes).toString("latin1"))) {
          expect(part.startsWith("/")).toBe(true);
        }
      }),
      { numRuns: 200 },
    );
  });
});
