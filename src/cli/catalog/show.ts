import { printable } from "../../shared/index.ts";
import { print } from "../output.ts";
import { toEntryJson } from "./entry-json.ts";
import {
  noSuchEntry,
  parseEntryId,
  withCatalog,
  type CatalogOptions,
  type DeclareCommand,
} from "./with-catalog.ts";

export function addShowCommand(declare: DeclareCommand): void {
  declare("show", "Shows everything that is known of a game.")
    .argument("<id>", "the id that `catalog list` shows", parseEntryId)
    .action(async (id: number, options: CatalogOptions) => {
      const entry = await withCatalog(options, (catalog) => catalog.show(id));
      if (entry === undefined) {
        throw noSuchEntry(id);
      }
      print(options, toEntryJson(entry), (facts) =>
        Object.entries(facts)
          .map(([name, value]) => `${name.padEnd(14)} ${printable(formatFact(value))}`)
          .join("\n"),
      );
    });
}

function formatFact(value: unknown): string {
  if (value === null || (Array.isArray(value) && value.length === 0)) {
    return "-";
  }
  if (Array.isArray(value)) {
    return value.join(", ");
  }
  return typeof value === "string" ? value : JSON.stringify(value);
}
