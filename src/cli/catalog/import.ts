import { printable } from "../../shared/index.ts";
import { CommandFailure, exitCodes } from "../exit-codes.ts";
import { abortOnSignal } from "../interrupt.ts";
import { loadConfig } from "../load-config.ts";
import { complain, printJson, say } from "../output.ts";
import { createCountBar } from "../progress-bar.ts";
import type { CatalogOptions, DeclareCommand } from "./declare-command.ts";
import { withCatalog } from "./with-catalog.ts";

export function addImportCommand(declare: DeclareCommand): void {
  declare("import", "Imports DAT files, which give games their canonical names, systems and regions.")
    .argument(
      "<file...>",
      "Logiqx XML, clrmamepro text or libretro .rdb; an earlier import of the same DAT is replaced",
    )
    .action(importDats);
}

async function importDats(files: string[], options: CatalogOptions): Promise<void> {
  const config = loadConfig(options.config);
  const signal = abortOnSignal();
  await withCatalog(config, async (catalog) => {
    const reports = [];
    for (const file of files) {
      const bar = await createCountBar("{value} games");
      const imported = await catalog
        .importDat({
          file,
          signal,
          onProgress: ({ games }) => {
            bar.update(games, games);
          },
        })
        .finally(bar.stop);
      if (!imported.ok) {
        throw new CommandFailure(exitCodes.failed, printable(imported.reason));
      }
      reports.push(imported.value);
      if (!options.json) {
        const { name, games, named, replaced, skipped } = imported.value;
        const again = replaced ? ", in place of an earlier import" : "";
        say(
          `${printable(name)}: ${games} games${again}; ${named} games of the catalog have a canonical name now`,
        );
        for (const { path: what, reason } of skipped) {
          complain(`skipped ${printable(what)}: ${printable(reason)}`);
        }
      }
    }
    if (options.json) {
      printJson(reports);
    }
  });
}
