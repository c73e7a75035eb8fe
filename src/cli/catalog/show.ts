import { printable } from "../../shared/index.ts";
import { loadConfig } from "../load-config.ts";
import { printJson, say } from "../output.ts";
import type { CatalogOptions, DeclareCommand } from "./declare-command.ts";
import { toEntryJson } from "./entry-json.ts";
import { noSuchEntry, parseEntryId, withCatalog } from "./with-catalog.ts";

export function addShowCommand(declare: DeclareCommand): void {
  declare("show", "Shows everything that is known of a game.")
    .argument("<id>", "the id that `catalog list` shows", parseEntryId)
    .action(async (id: number, options: CatalogOptions) => {
      const entry = await withCatalog(loadConfig(options.config), (catalog) => catalog.show(id));
      if (entry === undefined) {
        throw noSuchEntry(id);
      }
      const facts = toEntryJson(entry);
      if (options.json) {
        printJson(facts);
        return;
      }
      for (const [name, value] of Object.entries(facts)) {
        say(`${name.padEnd(14)} ${printable(formatFact(value))}`);
      }
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
