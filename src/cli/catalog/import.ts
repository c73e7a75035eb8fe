import { fail, printable } from "../../shared/index.ts";
import { unwrap } from "../exit-codes.ts";
import { abortOnSignal } from "../interrupt.ts";
import { complainOfSkipped, printJson, say } from "../output.ts";
import { createCountBar } from "../progress-bar.ts";
import { withCatalog, type CatalogOptions, type DeclareCommand } from "./with-catalog.ts";

export function addImportCommand(declare: DeclareCommand): void {
  declare("import", "Imports DAT files, which give games their canonical names, systems and regions.")
    .argument(
      "<file...>",
      "Logiqx XML, clrmamepro text or libretro .rdb; an earlier import of the same DAT is replaced",
    )
    .action(importDats);
}

async function importDats(files: string[], options: CatalogOptions): Promise<void> {
  const signal = abortOnSignal();
  await withCatalog(options, async (catalog) => {
    const reports = [];
    for (const file of files) {
      const bar = await createCountBar("{value} games");
      const onProgress = ({ games }: { readonly games: number }): void => {
        bar.update(games, games);
      };
      const imported = await catalog.importDat({ file, signal, onProgress }).finally(bar.stop);
      const report = unwrap(imported.ok ? imported : fail(printable(imported.reason)));
      reports.push(report);
      if (!options.json) {
        const { name, games, named, replaced, skipped } = report;
        const again = replaced ? ", in place of an earlier import" : "";
        say(
          `${printable(name)}: ${games} games${again}; ${named} games of the catalog have a canonical name now`,
        );
        complainOfSkipped(skipped);
      }
    }
    if (options.json) {
      printJson(reports);
    }
  });
}
