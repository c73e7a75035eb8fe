import { Command, CommanderError } from "commander";
import { OperatorError, printableLines } from "../shared/index.ts";
import { readOwnVersion } from "../version.ts";
import { CommandFailure, exitCodes } from "./exit-codes.ts";
import { complain } from "./output.ts";

/** In the order of the help. Each is loaded when it is called, since the server takes long to load. */
const commands: Readonly<Record<string, () => Promise<(program: Command) => void>>> = {
  serve: async () => (await import("./serve.ts")).addServeCommand,
  catalog: async () => (await import("./catalog/index.ts")).addCatalogCommand,
  request: async () => (await import("./request.ts")).addRequestCommand,
  play: async () => (await import("./play.ts")).addPlayCommand,
  join: async () => (await import("./join.ts")).addJoinCommand,
  probe: async () => (await import("./probe.ts")).addProbeCommand,
  sessions: async () => (await import("./sessions.ts")).addSessionsCommand,
  rooms: async () => (await import("./rooms.ts")).addRoomsCommand,
  check: async () => (await import("./check.ts")).addCheckCommand,
  cores: async () => (await import("./cores.ts")).addCoresCommand,
  doctor: async () => (await import("./doctor.ts")).addDoctorCommand,
};

/**
 * Runs one command. Errors that the user can correct are printed as their message alone.
 *
 * @param argv - As in `process.argv`.
 * @returns The exit code, see exit-codes.ts.
 */
export async function runCommandLine(argv: readonly string[]): Promise<number> {
  try {
    const program = await createProgram(argv[2] ?? "");
    await program.parseAsync(argv);
    return Number(process.exitCode ?? exitCodes.ok);
  } catch (error) {
    if (error instanceof CommandFailure) {
      complain(error.message);
      return error.exitCode;
    }
    if (error instanceof OperatorError) {
      complain(error.message);
      return exitCodes.failed;
    }
    if (error instanceof CommanderError) {
      // Commander has printed its message, or the help that was asked for.
      return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
    }
    throw error;
  }
}

/** @param called - The first argument. When it is no command, all commands are loaded, for the help. */
async function createProgram(called: string): Promise<Command> {
  const program = new Command("netplayd")
    .description("Turns this machine into a dedicated RetroArch netplay server.")
    .version(readOwnVersion())
    .exitOverride()
    .configureOutput({ writeErr: (text) => process.stderr.write(printableLines(text)) })
    .addHelpText(
      "after",
      "\nExit codes: 0 done, 1 failed, 2 wrong usage or configuration, 3 refused, 4 nobody answered.",
    );
  const load = Object.hasOwn(commands, called) ? commands[called] : undefined;
  for (const one of load === undefined ? Object.values(commands) : [load]) {
    (await one())(program);
  }
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
