import { Command, CommanderError } from "commander";
import { OperatorError } from "../shared/index.ts";
import { readOwnVersion } from "../version.ts";
import { addCatalogCommand } from "./catalog/index.ts";
import { addCheckCommand } from "./check.ts";
import { addCoresCommand } from "./cores.ts";
import { addDoctorCommand } from "./doctor.ts";
import { CommandFailure, exitCodes } from "./exit-codes.ts";
import { addJoinCommand } from "./join.ts";
import { addPlayCommand } from "./play.ts";
import { addProbeCommand } from "./probe.ts";
import { addRequestCommand } from "./request.ts";
import { addRoomsCommand } from "./rooms.ts";
import { addServeCommand } from "./serve.ts";
import { addSessionsCommand } from "./sessions.ts";

/**
 * Runs one command. Errors that the user can correct are printed as their message alone.
 *
 * @param argv - As in `process.argv`.
 * @returns The exit code, see exit-codes.ts.
 */
export async function runCommandLine(argv: readonly string[]): Promise<number> {
  try {
    await createProgram().parseAsync(argv);
    return Number(process.exitCode ?? exitCodes.ok);
  } catch (error) {
    if (error instanceof CommandFailure) {
      console.error(error.message);
      return error.exitCode;
    }
    if (error instanceof OperatorError) {
      console.error(error.message);
      return exitCodes.failed;
    }
    if (error instanceof CommanderError) {
      // Commander has printed its message, or the help that was asked for.
      return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
    }
    throw error;
  }
}

function createProgram(): Command {
  const program = new Command("netplayd")
    .description("Turns this machine into a dedicated RetroArch netplay server.")
    .version(readOwnVersion())
    .exitOverride()
    .addHelpText(
      "after",
      "\nExit codes: 0 done, 1 failed, 2 wrong usage or configuration, 3 refused, 4 nobody answered.",
    );
  addServeCommand(program);
  addCatalogCommand(program);
  addRequestCommand(program);
  addPlayCommand(program);
  addJoinCommand(program);
  addProbeCommand(program);
  addSessionsCommand(program);
  addRoomsCommand(program);
  addCheckCommand(program);
  addCoresCommand(program);
  addDoctorCommand(program);
  overrideExits(program);
  return program;
}

/** Subcommands do not inherit it. */
function overrideExits(command: Command): void {
  for (const child of command.commands) {
    child.exitOverride();
    overrideExits(child);
  }
}
