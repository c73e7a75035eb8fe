import type { Command } from "commander";
import type { SessionView } from "../admin/index.ts";
import { printable } from "../shared/index.ts";
import { connectAdmin, unwrap } from "./admin.ts";
import { printJson, say } from "./output.ts";
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
      const views = unwrap(await connectAdmin(options.config).sessions());
      if (options.json) {
        printJson(views);
      } else {
        say(views.length === 0 ? "No sessions." : views.map(formatSession).join("\n\n"));
      }
    });

  sessions
    .command("stop")
    .description("Ends a session and everybody in it.")
    .argument("<id>", "the session's id, or its beginning")
    .action(async (id: string) => {
      unwrap(await connectAdmin(sessions.opts<SessionsOptions>().config).stopSession(id));
    });

  sessions
    .command("kick")
    .description("Removes a player from a session and keeps their address out of it.")
    .argument("<id>", "the session's id, or its beginning")
    .argument("<nick>", "the player's name as `sessions` shows it")
    .action(async (id: string, nick: string) => {
      unwrap(await connectAdmin(sessions.opts<SessionsOptions>().config).kick(id, nick));
    });
}

function formatSession(view: SessionView): string {
  const title = `${view.id}  ${describeGame(view)}  port ${view.port ?? "-"}  ${view.state}`;
  const deadline = view.idleDeadline === null ? "" : `  ends at ${view.idleDeadline} unless somebody joins`;
  const rows = view.roster.map((entry) => [
    entry.nick,
    entry.players.length === 0 ? "spectator" : `player ${entry.players.join(", ")}`,
    entry.address,
    entry.since,
    entry.pingMs === null ? "-" : `${entry.pingMs} ms`,
  ]);
  return rows.length === 0
    ? `${title}${deadline}`
    : `${title}\n${formatTable(["nick", "role", "address", "since", "ping"], rows)}`;
}

function describeGame({ kind, room, game, core, crc, requester }: SessionView): string {
  if (kind === "hosted") {
    return `${room === null ? "" : `room ${printable(room)}: `}${printable(game)} (${printable(core)})`;
  }
  const content = core === "" ? "an unknown game" : `${printable(core)}, CRC ${crc}`;
  return `relayed for ${requester} (${content})`;
}
