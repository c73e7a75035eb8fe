import { expect, it } from "vitest";
import { formatTable } from "../../../src/cli/table.ts";

/** Where the second column begins, in columns of a terminal. */
const names: readonly (readonly [name: string, columns: number])[] = [
  ["Rally", 5],
  ["星のカービィ", 12],
  ["한국", 4],
  ["Ｗｉｄｅ", 8],
  ["لعبة", 4],
  ["e\u0301te\u0301", 3],
  ["กั้ง", 2],
  ["👨‍👩‍👧 🎮", 5],
  ["\u001b[31m", 10],
];

it("aligns columns by the width of names in a terminal, in every script", () => {
  const rows = names.map(([name]) => [name, "|"]);
  const [, ...lines] = formatTable(["name", ""], rows).split("\n");
  const padding = lines.map((line) => / *\|$/.exec(line)?.[0].length);
  expect(padding).toEqual(names.map(([, columns]) => 12 - columns + "  |".length));
  expect(lines.at(-1)).toContain("\\u{1b}[31m");
});

it("takes as many rows as a catalog has games", () => {
  const rows = Array.from({ length: 200_000 }, (_, index) => [String(index)]);
  expect(formatTable(["id"], rows)).toHaveLength("id\n".length + rows.join("\n").length);
});
