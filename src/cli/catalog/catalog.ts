import type { Command } from "commander";
import type { DeclareCommand } from "./declare-command.ts";
import { addExportCommand } from "./export.ts";
import { addImportCommand } from "./import.ts";
import { addListCommand } from "./list.ts";
import { addScanCommands } from "./scan.ts";
import { addShowCommand } from "./show.ts";
import { addVerifyCommand } from "./verify.ts";
import { addBackupCommand, addRemoveCommand } from "./upkeep.ts";

export function addCatalogCommand(program: Command): void {
  const catalog = program.command("catalog").summary("the games that the server may host");
  const declare: DeclareCommand = (name, description) =>
    catalog
      .command(name)
      .description(description)
      .option("--config <file>", "configuration (default: cores.yaml)")
      .option("--json", "print JSON");
  addScanCommands(declare);
  addImportCommand(declare);
  addListCommand(declare);
  addShowCommand(declare);
  addVerifyCommand(declare);
  addExportCommand(declare);
  addBackupCommand(declare);
  addRemoveCommand(declare);
}
