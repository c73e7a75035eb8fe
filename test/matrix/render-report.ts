import { parts, type Build, type Cell, type MatrixResult, type Outcome, type Part } from "./matrix-result.ts";

/** The result as Markdown: the distributions, and one table for each part, with a row for each pair. */
export function renderReport({ builds, cells, columns }: MatrixResult): string {
  const tables = (Object.keys(parts) as Part[]).map((part) => {
    const own = cells.filter((cell) => cell.part === part);
    const first = parts[part].host;
    return `### ${heading(part)}\n\n${renderCells(own, builds, [first, "client"], columns[part])}`;
  });
  return [renderBuilds(builds), ...tables, renderWords(cells)].join("\n\n");
}

function renderBuilds(builds: readonly Build[]): string {
  const rows = builds.map(({ title, retroArch, coreVersion, stateBytes }) => [
    title,
    retroArch,
    `\`${coreVersion.trim()}\``,
    stateBytes.toLocaleString("en"),
  ]);
  return table(["distribution", "RetroArch", "its Nestopia", "savestate, bytes"], rows);
}

function renderCells(
  cells: readonly Cell[],
  builds: readonly Build[],
  pair: readonly string[],
  routes: readonly string[],
): string {
  const rows = builds.flatMap((host) =>
    builds.map((client) => [
      host.retroArch,
      client.retroArch,
      ...routes.map((route) => {
        const found = cells.find(
          (cell) => cell.route === route && cell.host === host.release && cell.client === client.release,
        );
        return found === undefined ? "not tried" : describe(found.outcome);
      }),
    ]),
  );
  return table([...pair, ...routes], rows);
}

/** The messages of the clients that left, as their players see them. */
function renderWords(cells: readonly Cell[]): string {
  const said = cells.flatMap(({ outcome }) => (outcome.type === "drops-itself" ? [outcome.says] : []));
  return [
    "What a client that leaves says:",
    "",
    ...[...new Set(said)].sort().map((text) => `- \`${text}\``),
  ].join("\n");
}

function describe(outcome: Outcome): string {
  switch (outcome.type) {
    case "plays":
      return outcome.protocol === undefined ? "plays" : `plays, protocol ${outcome.protocol}`;
    case "drops-itself":
      return "**client leaves**";
    case "seen":
      return outcome.what;
    case "failed":
      return "**FAILED**";
  }
}

function heading(part: Part): string {
  const text = parts[part].title;
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (fields: readonly string[]): string => `| ${fields.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}
