import { describe, expect, it } from "vitest";
import { toCsv, toGamelist, toPlaylist, type SharePlace } from "../../../../src/catalog/index.ts";
import { formatCrc32 } from "../../../../src/shared/index.ts";
import { buildZip } from "../../../unit/catalog/build-zip.ts";
import { createFixture, crcOf, gambatte, mgba } from "../../../unit/catalog/catalog-fixture.ts";

const unknown: SharePlace = { kind: "unknown" };
const here: SharePlace = { kind: "here" };
const within = (folder: string): SharePlace => ({ kind: "folder", folder });

interface Playlist {
  readonly base_content_directory?: string;
  readonly items: readonly { readonly path: string; readonly label: string }[];
}

function readPlaylist(text: string): Playlist {
  return JSON.parse(text) as Playlist;
}

describe("a playlist", () => {
  it("has the items that RetroArch's own scan would write", async () => {
    const { write, scan, catalog } = createFixture();
    write("a.zip", buildZip([{ name: "in/a.nes", data: Buffer.from("game 12") }]));
    await scan();
    expect(readPlaylist(toPlaylist(catalog.list(), within("/roms/nes")))).toEqual({
      version: "1.5",
      default_core_path: "",
      default_core_name: "",
      base_content_directory: "/roms/nes",
      label_display_mode: 0,
      items: [
        {
          path: "/roms/nes/a.zip#in/a.nes",
          label: "a",
          core_path: "DETECT",
          core_name: "DETECT",
          // Eight upper-case digits with leading zeros.
          crc32: `${crcOf("game 12").toString(16).toUpperCase().padStart(8, "0")}|crc`,
          db_name: "netplayd.lpl",
        },
      ],
    });
  });

  it("has only the folders of the player for whom it is made", async () => {
    const { write, scan, catalog } = createFixture();
    const file = write("a.nes", "a");
    await scan();
    const paths = (place: SharePlace) =>
      readPlaylist(toPlaylist(catalog.list(), place)).items.map((item) => item.path);
    // With a path that does not exist, RetroArch would not look into the player's own playlists.
    expect(paths(unknown)).toEqual([""]);
    expect(paths(here)).toEqual([file]);
    expect(paths(within("/roms/"))).toEqual(["/roms/a.nes"]);
    expect(paths(within("C:\\roms"))).toEqual(["C:\\roms\\a.nes"]);
    expect(toCsv(catalog.list(), unknown)).toMatch(/,a\.nes\r\n$/);
    expect(toGamelist(catalog.list(), unknown)).toContain("<path>./a.nes</path>");
  });

  it("has a game that several cores host once, and labels of one line", async () => {
    const { write, scan, catalog } = createFixture([gambatte, mgba]);
    write("two\nlines.gb", "t");
    await scan({ cores: [gambatte, mgba] });
    const { items } = readPlaylist(toPlaylist(catalog.list(), within("/roms")));
    expect(items).toMatchObject([{ path: "/roms/two\nlines.gb", label: "two\\u{a}lines" }]);
  });
});

describe("a gamelist", () => {
  it("has every file once, with the cores that host it, escaped so that XML reads it back", async () => {
    const { write, scan, catalog } = createFixture([gambatte, mgba]);
    write("Tom & <Jerry>\u0007.gb", "t");
    write("cr\rlf\n.gb", "c");
    await scan({ cores: [gambatte, mgba] });
    const xml = toGamelist(catalog.list(), unknown);
    expect(xml.match(/<game>/g)).toHaveLength(2);
    expect(xml).toContain("<path>./Tom &#38; &#60;Jerry&#62;\ufffd.gb</path>");
    expect(xml).toContain("<path>./cr&#13;lf&#10;.gb</path>");
    expect(xml).toContain("core Gambatte or mGBA.");
    expect(xml).toContain(`<hash>${formatCrc32(crcOf("t"))}</hash>`);
  });
});

describe("comma-separated values", () => {
  it("can be read by a spreadsheet", async () => {
    const { write, scan, catalog } = createFixture();
    const file = write('A, "B".nes', "c");
    await scan();
    const [headings, row] = toCsv(catalog.list(), here).split("\r\n");
    expect(headings).toBe("id,name,core,crc,system,region,state,problem,sizeBytes,playCount,content");
    expect(row).toMatch(/^\d+,"A, ""B""",Nestopia,[0-9A-F]{8},,,unverified,,1,0,/);
    expect(row).toContain(`"${file.replaceAll('"', '""')}"`);
  });

  it("contain no formula and no control character, and one line for each game", async () => {
    const { write, scan, catalog } = createFixture();
    for (const name of ["=1+1", "+1", "-1", "@SUM(A1)", " =1", "＝1", "a\u001b[2J\nb", "1-1"]) {
      write(`${name}.nes`, name);
    }
    await scan();
    const rows = toCsv(catalog.list(), unknown).trim().split("\r\n").slice(1);
    const names = rows.map((row) => row.split(",")[1]);
    expect(names.sort()).toEqual(
      ["'=1+1", "'+1", "'-1", "'@SUM(A1)", "' =1", "'＝1", "a\\u{1b}[2J\\u{a}b", "1-1"].sort(),
    );
  });
});
