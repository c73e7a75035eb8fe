import { expect, it } from "vitest";
import type { Cell } from "../../matrix/matrix-result.ts";
import { renderReport } from "../../matrix/render-report.ts";

const build = (release: string, retroArch: string) => ({
  ...{ release, retroArch, title: `Debian ${release}` },
  coreVersion: "1.52.0 ",
  stateBytes: 21_472,
});

const cell = (part: Cell["part"], route: string, outcome: Cell["outcome"]): Cell => ({
  ...{ part, route, outcome },
  host: "old",
  client: "new",
});

it("the report has a table for each part, a row for each pair, and shows what was not tried", () => {
  const report = renderReport({
    builds: [build("old", "1.14.0"), build("new", "1.22.2")],
    cells: [
      cell("one-core", "by port", { type: "plays", protocol: 6 }),
      cell("one-core", "by relay", { type: "plays", protocol: undefined }),
      cell("own-cores", "by port", { type: "drops-itself", says: "Wrong size." }),
      cell("own-cores", "by relay", { type: "drops-itself", says: "Wrong size." }),
      cell("passwords", "right", { type: "seen", what: "joins" }),
      cell("passwords", "wrong", { type: "failed" }),
    ],
    columns: {
      "one-core": ["by port", "by relay"],
      "own-cores": ["by port", "by relay"],
      "all-builds": ["by port"],
      passwords: ["right", "wrong"],
    },
  });
  const lines = report.split("\n");
  expect(lines).toContain("| Debian old | 1.14.0 | `1.52.0` | 21,472 |");
  expect(lines).toContain("| host | client | by port | by relay |");
  expect(lines).toContain("| 1.14.0 | 1.22.2 | plays, protocol 6 | plays |");
  expect(lines).toContain("| 1.14.0 | 1.22.2 | **client leaves** | **client leaves** |");
  expect(lines).toContain("| is there already | client | by port |");
  expect(lines).toContain("| 1.14.0 | 1.22.2 | joins | **FAILED** |");
  expect(lines.filter((line) => line === "- `Wrong size.`")).toHaveLength(1);
  expect(lines.filter((line) => line.startsWith("| 1.22.2 | 1.14.0 | not tried"))).toHaveLength(4);
});
