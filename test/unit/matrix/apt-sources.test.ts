import { describe, expect, it } from "vitest";
import { parseAptSources } from "../../matrix/apt-sources.ts";

describe("apt's sources", () => {
  it("are read from lines, with and without options", () => {
    const text = [
      "# deb http://commented.example/debian bookworm main",
      "deb http://mirror.example/debian bookworm main contrib",
      "deb-src http://mirror.example/debian bookworm main",
      "deb [arch=amd64 signed-by=/k.gpg] https://other.example/debian/ bookworm-updates main # daily",
    ].join("\n");
    expect(parseAptSources(text)).toEqual([
      { url: "http://mirror.example/debian", suites: ["bookworm"], components: ["main", "contrib"] },
      { url: "https://other.example/debian/", suites: ["bookworm-updates"], components: ["main"] },
    ]);
  });

  it("are read from stanzas, except disabled and source-only ones", () => {
    const text = `Types: deb deb-src
# where this came from
URIs: http://mirror.example/debian http://second.example/debian
Suites: bookworm bookworm-updates
Components: main

Types: deb
Enabled: no
URIs: http://disabled.example/debian
Suites: bookworm
Components: main

Types: deb-src
URIs: http://sources.example/debian
Suites: bookworm
Components: main
`;
    const suites = ["bookworm", "bookworm-updates"];
    expect(parseAptSources(text)).toEqual([
      { url: "http://mirror.example/debian", suites, components: ["main"] },
      { url: "http://second.example/debian", suites, components: ["main"] },
    ]);
  });
});
