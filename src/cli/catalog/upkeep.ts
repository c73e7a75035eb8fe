import { unwrap } from "../exit-codes.ts";
import {
  noSuchEntry,
  parseEntryId,
  withCatalog,
  type CatalogOptions,
  type DeclareCommand,
} from "./with-catalog.ts";

export function addBackupCommand(declare: DeclareCommand): void {
  declare("backup", "Copies the catalog into a file, also while the server uses it.")
    .argument("<file>", "written anew; the one before is replaced when the copy is complete")
    .action(async (file: string, options: CatalogOptions) => {
      unwrap(await withCatalog(options, (catalog) => catalog.backup(file)));
    });
}

export function addRemoveCommand(declare: DeclareCommand): void {
  declare("remove", "Forgets games; their files stay.")
    .argument("<id...>", "ids that `catalog list` shows")
    .action(async (texts: string[], options: CatalogOptions) => {
      const ids = texts.map(parseEntryId);
      await withCatalog(options, (catalog) => {
        for (const id of ids) {
          if (!catalog.remove(id)) {
            throw noSuchEntry(id);
          }
        }
      });
    });
}
