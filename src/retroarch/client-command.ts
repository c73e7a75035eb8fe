export interface ClientCommand {
  readonly host: string;
  readonly port: number;
  /** The room's id on a port that serves many: 16 characters of base64. */
  readonly session: string | undefined;
  readonly library: string;
  readonly content: string;
  readonly nick: string | undefined;
  /** Configuration file that changes the player's own for this run. */
  readonly appendConfig: string | undefined;
}

/**
 * Arguments for a player's own RetroArch that joins a room; everything else comes from the player's configuration.
 * `ADDRESS|PORT|SESSION` names a room since 1.10; `--mitm-session`, its documented form, came with 1.17.
 */
export function clientArguments(command: ClientCommand): string[] {
  const { host, port, session, library, content, nick, appendConfig } = command;
  return [
    ...(appendConfig === undefined ? [] : ["--appendconfig", appendConfig]),
    ...(session === undefined
      ? ["--connect", host, "--port", String(port)]
      : ["--connect", `${host}|${port}|${session}`]),
    ...(nick === undefined ? [] : ["--nick", nick]),
    ...["-L", library, content],
  ];
}
