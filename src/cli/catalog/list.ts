import { Option } from "commander";
import { toCsv, type EntryState, type ListedEntry } from "../../catalog/index.ts";
import { formatCrc32 } from "../../shared/index.ts";
import { print } from "../output.ts";
import { formatTable } from "../table.ts";
import { toEntryJson } from "./entry-json.ts";
import { withCatalog, type CatalogOptions, type DeclareCommand } from "./with-catalog.ts";

/** How `list`, `verify` and `export` choose games. */
export interface FilterOptions extends CatalogOptions {
  readonly core?: string;
  readonly system?: string;
  readonly state?: EntryState | "hostable";
}

interface ListOptions extends FilterOptions {
  readonly broken?: true;
  readonly csv?: true;
}

/** Declares the options of `FilterOptions` and the fragments of the name. */
export function addFilter(command: ReturnType<DeclareCommand>): ReturnType<DeclareCommand> {
  return command
    .argument("[name...]", "fragments of the name; case and accents do not matter")
    .option("--core <name>", "only this core's")
    .option("--system <name>", "only of systems with this in their name")
    .addOption(
      new Option("--state <state>", "only those in this state").choices([
        "hostable",
        "verified",
        "unverified",
        "broken",
        "missing",
      ]),
    );
}

/** The games that fit, by name. */
export function findEntries(words: readonly string[], options: FilterOptions): Promise<ListedEntry[]> {
  const { core, system, state } = options;
  return withCatalog(options, (catalog) => catalog.list({ name: words.join(" "), core, system, state }));
}

export function addListCommand(declare: DeclareCommand): void {
  addFilter(declare("list", "Lists the games."))
    .option("--broken", "only those that cannot be hosted, with the reason; the same as --state broken")
    .option("--csv", "print comma-separated values")
    .action(async (words: string[], options: ListOptions) => {
      const entries = await findEntries(words, options.broken ? { ...options, state: "broken" } : options);
      if (options.csv && !options.json) {
        process.stdout.write(toCsv(entries, { kind: "here" }));
        return;
      }
      const describe = (): string => (entries.length === 0 ? "No games." : toTable(entries));
      print(options, entries, describe, () => entries.map(toEntryJson));
    });
}

function toTable(entries: readonly ListedEntry[]): string {
  const rows = entries.map((entry) => [
    String(entry.id),
    entry.name,
    entry.core,
    entry.crc === 0 && !entry.crcIsCertain ? "unknown" : formatCrc32(entry.crc),
    entry.system ?? "",
    entry.state,
    entry.problem ?? entry.verification?.reason ?? "",
  ]);
  return formatTable(["id", "name", "core", "crc", "system", "state", ""], rows);
}
