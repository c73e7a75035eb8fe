import type { Command } from "commander";
import type { SessionView } from "../admin/index.ts";
import { printable } from "../shared/index.ts";
import { askServer } from "./admin.ts";
import { configOption, jsonOption, type ConfigOptions } from "./options.ts";
import { print, type JsonOptions } from "./output.ts";
import { formatTable } from "./table.ts";

export function addSessionsCommand(program: Command): void {
  const sessions = program
    .command("sessions")
    .summary("what the running server hosts")
    .description("Lists what the netplayd of this configuration hosts, with the players in it.")
    .addOption(configOption)
    .addOption(jsonOption)
    .action(async (options: ConfigOptions & JsonOptions) => {
      print(options, await askServer(options, (server) => server.sessions()), (views) =>
        views.length === 0 ? "No sessions." : views.map(formatSession).join("\n\n"),
      );
    });

  sessions
    .command("stop")
    .description("Ends a session and everybody in it.")
    .argument("<id>", "the session's id, or its beginning")
    .action(async (id: string) => {
      await askServer(sessions.opts(), (server) => server.stopSession(id));
    });

  sessions
    .command("kick")
    .description("Removes a player from a session and keeps their address out of it.")
    .argument("<id>", "the session's id, or its beginning")
    .argument("<nick>", "the player's name as `sessions` shows it")
    .action(async (id: string, nick: string) => {
      await askServer(sessions.opts(), (server) => server.kick(id, nick));
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
