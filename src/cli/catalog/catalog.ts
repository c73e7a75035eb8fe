import type { Command } from "commander";
import { addExportCommand } from "./export.ts";
import { addImportCommand } from "./import.ts";
import { addListCommand } from "./list.ts";
import { addScanCommands } from "./scan.ts";
import { addShowCommand } from "./show.ts";
import { addVerifyCommand } from "./verify.ts";
import { addBackupCommand, addRemoveCommand } from "./upkeep.ts";

/** Declares a command of `catalog` with the options that all of them have. */
export type DeclareCommand = (name: string, description: string) => Command;

export interface CatalogOptions {
  readonly config?: string;
  readonly json?: true;
}

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
