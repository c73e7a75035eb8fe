/** One place from which apt installs. */
export interface AptSource {
  readonly url: string;
  readonly suites: readonly string[];
  readonly components: readonly string[];
}

/** Reads a file of apt's sources, in either of its two formats (sources.list(5)). Disabled and source-only entries are left out. */
export function parseAptSources(text: string): AptSource[] {
  const lines = text.split("\n").filter((line) => !/^\s*#/.test(line));
  return lines.some((line) => /^Types:/i.test(line)) ? parseStanzas(lines) : lines.flatMap(parseLine);
}

function parseLine(line: string): AptSource[] {
  const [, url, suite, components] =
    /^deb\s+(?:\[[^\]]*\]\s+)?(\S+)\s+(\S+)\s*(.*)$/.exec(line.replace(/#.*/, "").trim()) ?? [];
  return url === undefined || suite === undefined
    ? []
    : [{ url, suites: [suite], components: words(components) }];
}

function parseStanzas(lines: readonly string[]): AptSource[] {
  const stanzas = lines.join("\n").split(/\n\s*\n/);
  return stanzas.flatMap((stanza) => {
    const field = (name: string): string[] => words(new RegExp(`^${name}:(.*)$`, "im").exec(stanza)?.[1]);
    const isUsed = field("Types").includes("deb") && field("Enabled")[0] !== "no";
    const [suites, components] = [field("Suites"), field("Components")];
    return isUsed ? field("URIs").map((url) => ({ url, suites, components })) : [];
  });
}

function words(text: string | undefined): string[] {
  return (text ?? "").split(/\s+/).filter(Boolean);
}
