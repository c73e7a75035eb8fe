import path from "node:path";
import type { Command } from "commander";
import {
  createAdminClient,
  SOCKET_NAME,
  type AdminClient,
  type AdminFailure,
  type SessionView,
} from "../admin/index.ts";
import { printable } from "../catalog/index.ts";
import { CommandFailure, exitCodes } from "./exit-codes.ts";
import { loadConfig } from "./load-config.ts";
import { printJson } from "./output.ts";
import { formatTable } from "./table.ts";

interface SessionsOptions {
  readonly config?: string;
  readonly json?: true;
}

export function addSessionsCommand(program: Command): void {
  const sessions = program
    .command("sessions")
    .summary("what the running server hosts")
    .description("Lists what the netplayd of this configuration hosts, with the players in it.")
    .option("--config <file>", "configuration (default: cores.yaml)")
    .option("--json", "print JSON")
    .action(async (options: SessionsOptions) => {
      const views = unwrap(await connect(options).sessions());
      if (options.json) {
        printJson(views);
      } else {
        console.log(views.length === 0 ? "No sessions." : views.map(formatSession).join("\n\n"));
      }
    });

  sessions
    .command("stop")
    .description("Ends a session and everybody in it.")
    .argument("<id>", "the session's id, or its beginning")
    .action(async (id: string) => {
      unwrap(await connect(sessions.opts()).stopSession(id));
    });

  sessions
    .command("kick")
    .description("Removes a player from a session and keeps their address out of it.")
    .argument("<id>", "the session's id, or its beginning")
    .argument("<nick>", "the player's name as `sessions` shows it")
    .action(async (id: string, nick: string) => {
      unwrap(await connect(sessions.opts()).kick(id, nick));
    });
}

function connect({ config }: SessionsOptions): AdminClient {
  return createAdminClient(path.join(loadConfig(config).data, SOCKET_NAME));
}

function unwrap<T>(result: { ok: true; value: T } | { ok: false; reason: AdminFailure }): T {
  if (result.ok) {
    return result.value;
  }
  throw new CommandFailure(exitCodes.failed, explanations[result.reason]);
}

const explanations: Record<AdminFailure, string> = {
  "not-running": "No netplayd is running with this configuration.",
  "permission-denied": "Only the user who runs netplayd (and root) may talk to it.",
  "no-such-session": "There is no such session; `netplayd sessions` lists them.",
  "ambiguous-id": "Several sessions begin like that: give more of the id.",
  "no-such-client": "Nobody of that name is in the session; `netplayd sessions` lists the players.",
};

function formatSession(view: SessionView): string {
  const title = `${view.id}  ${describeGame(view)}  port ${view.port ?? "-"}  ${view.state}`;
  const deadline = view.idleDeadline === null ? "" : `  ends at ${view.idleDeadline} unless somebody joins`;
  const rows = view.roster.map((entry) => [
    printable(entry.nick),
    entry.players.length === 0 ? "spectator" : `player ${entry.players.join(", ")}`,
    entry.address,
    entry.since,
    entry.pingMs === null ? "-" : `${entry.pingMs} ms`,
  ]);
  return rows.length === 0
    ? `${title}${deadline}`
    : `${title}\n${formatTable(["nick", "role", "address", "since", "ping"], rows)}`;
}

function describeGame({ kind, game, core, crc, requester }: SessionView): string {
  if (kind === "hosted") {
    return `${printable(game)} (${core})`;
  }
  const content = core === "" ? "an unknown game" : `${printable(core)}, CRC ${crc}`;
  return `relayed for ${requester} (${content})`;
}
