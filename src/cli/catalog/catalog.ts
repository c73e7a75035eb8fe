import type { Command } from "commander";
import { configOption, jsonOption } from "../options.ts";
import { addExportCommand } from "./export.ts";
import { addImportCommand } from "./import.ts";
import { addListCommand } from "./list.ts";
import { addScanCommands } from "./scan.ts";
import { addShowCommand } from "./show.ts";
import { addVerifyCommand } from "./verify.ts";
import { addBackupCommand, addRemoveCommand } from "./upkeep.ts";
import type { DeclareCommand } from "./with-catalog.ts";

export function addCatalogCommand(program: Command): void {
  const catalog = program.command("catalog").summary("the games that the server may host");
  const declare: DeclareCommand = (name, description) =>
    catalog.command(name).description(description).addOption(configOption).addOption(jsonOption);
  addScanCommands(declare);
  addImportCommand(declare);
  addListCommand(declare);
  addShowCommand(declare);
  addVerifyCommand(declare);
  addExportCommand(declare);
  addBackupCommand(declare);
  addRemoveCommand(declare);
}
