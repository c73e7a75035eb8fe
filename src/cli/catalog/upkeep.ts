import { CommandFailure, exitCodes } from "../exit-codes.ts";
import { loadConfig } from "../load-config.ts";
import type { CatalogOptions, DeclareCommand } from "./declare-command.ts";
import { noSuchEntry, parseEntryId, withCatalog } from "./with-catalog.ts";

export function addBackupCommand(declare: DeclareCommand): void {
  declare("backup", "Copies the catalog into a file, also while the server uses it.")
    .argument("<file>", "written anew; the one before is replaced when the copy is complete")
    .action(async (file: string, options: CatalogOptions) => {
      const done = await withCatalog(loadConfig(options.config), (catalog) => catalog.backup(file));
      if (!done.ok) {
        throw new CommandFailure(exitCodes.failed, done.reason);
      }
    });
}

export function addRemoveCommand(declare: DeclareCommand): void {
  declare("remove", "Forgets games; their files stay.")
    .argument("<id...>", "ids that `catalog list` shows")
    .action(async (texts: string[], options: CatalogOptions) => {
      const ids = texts.map(parseEntryId);
      await withCatalog(loadConfig(options.config), (catalog) => {
        for (const id of ids) {
          if (!catalog.remove(id)) {
            throw noSuchEntry(id);
          }
        }
      });
    });
}
