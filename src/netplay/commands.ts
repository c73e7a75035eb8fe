/** Ids of the netplay commands (RetroArch's netplay_private.h, enum netplay_cmd; equal from 1.9.1 to 1.22). */
export const COMMAND = {
  ack: 0x0000,
  nak: 0x0001,
  disconnect: 0x0002,
  input: 0x0003,
  noInput: 0x0004,
  nick: 0x0020,
  password: 0x0021,
  info: 0x0022,
  sync: 0x0023,
  spectate: 0x0024,
  play: 0x0025,
  mode: 0x0026,
  modeRefused: 0x0027,
  crc: 0x0040,
  requestSavestate: 0x0041,
  loadSavestate: 0x0042,
  pause: 0x0043,
  resume: 0x0044,
  stall: 0x0045,
  reset: 0x0046,
  cheats: 0x0047,
  netpacket: 0x0048,
  netpacketBroadcast: 0x0049,
  playerChat: 0x1000,
  pingRequest: 0x1100,
  pingResponse: 0x1101,
  settingAllowPausing: 0x2000,
  settingInputLatencyFrames: 0x2001,
} as const;

/** The first protocol whose clients ask for a ping every 3 s (RetroArch 1.10, `netplay_sync_pre_frame`). */
export const FIRST_PROTOCOL_WITH_PINGS = 6;

const NAMES = new Map<number, string>(Object.entries(COMMAND).map(([name, id]) => [id, name]));

/** For log lines: `input`, for example; an unknown command is its number in hex. */
export function commandName(id: number): string {
  return NAMES.get(id) ?? `0x${id.toString(16).padStart(4, "0")}`;
}

/** True for the commands of netpacket cores, whose payload may have 64 KiB and whose size field is 4 too low. */
export function isNetpacketCommand(id: number): boolean {
  return id === COMMAND.netpacket || id === COMMAND.netpacketBroadcast;
}
