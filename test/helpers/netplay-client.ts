import { connect, type Socket } from "node:net";
import { inflateSync } from "node:zlib";
import {
  COMMAND,
  CommandFramer,
  decodeHostHeader,
  decodeInfo,
  decodeMode,
  decodeNickCommand,
  decodeSavestateHead,
  decodeSync,
  encodeClientHeader,
  encodeCommand,
  encodeInfo,
  encodeNickCommand,
  HEADER_BYTES,
  SAVESTATE_HEAD_BYTES,
  SYNC_FIXED_BYTES,
  type CommandFrame,
  type HostHeader,
  type Info,
  type Mode,
  type SavestateHead,
  type Sync,
} from "../../src/netplay/index.ts";
import { hashPassword } from "../../src/netplay/password.ts";
import { toCrc32 } from "../../src/shared/index.ts";
import { eventually } from "./eventually.ts";

export interface NetplayClientOptions {
  readonly port: number;
  readonly host?: string;
  /** Address to connect from, any of 127.0.0.0/8; for tests that need several. */
  readonly localAddress?: string;
  readonly nick?: string;
  readonly core: string;
  readonly coreVersion?: string;
  readonly crc: number;
  /** The highest protocol; 5 speaks as RetroArch up to 1.9.14 does. Default 6. */
  readonly protocol?: number;
  /** 0: a build without zlib. Default 1. */
  readonly compression?: 0 | 1;
  /** Watches instead of playing. */
  readonly spectate?: boolean;
  /** Plays without sending input. */
  readonly withoutInput?: boolean;
  /** Bytes to send before the header, e.g. the id of a relayed room. */
  readonly preamble?: Buffer;
  /** Its password when it is asked for one. Default: an empty one. */
  readonly password?: string;
  /** The step of the handshake at which the client stops; default: it joins the game. */
  readonly until?: "header" | "nick" | "info";
}

export interface ReceivedSavestate extends SavestateHead {
  /** The state as it would be loaded: inflated if the client has zlib. */
  readonly data: Buffer;
}

/**
 * A netplay client that is enough for tests: it speaks protocols 5 and 6 (7 as far as the commands go), plays or
 * watches, answers each of the host's frames with its input, and keeps what it was told. It runs no game.
 */
export class NetplayClient {
  readonly socket: Socket;
  hostHeader: HostHeader | undefined;
  hostNick: string | undefined;
  hostInfo: Info | undefined;
  sync: Sync | undefined;
  sram: Buffer = Buffer.alloc(0);
  /** The last frame that the host has completed; -1 before the first. */
  serverFrame = -1;
  /** How many frames the host has completed since SYNC. */
  framesSeen = 0;
  readonly savestates: ReceivedSavestate[] = [];
  /** Every MODE, those about others included. */
  readonly modes: Mode[] = [];
  readonly refusals: number[] = [];
  /** The last input by client number. */
  readonly inputs = new Map<number, number>();
  /** Every command after the host's nickname, in order. */
  readonly commands: CommandFrame[] = [];
  pingRequests = 0;
  pongs = 0;
  /** All bytes that came. */
  receivedBytes = 0;
  /** How the connection ended; undefined while it is open. */
  end: "closed" | "reset" | undefined;
  #buttons = 0;
  #nextInputFrame: number | undefined;
  #early: Buffer = Buffer.alloc(0);
  readonly #framer = new CommandFramer(({ payloadBytes }) => payloadBytes);
  #until: NetplayClientOptions["until"];
  readonly #options: NetplayClientOptions;

  /** Connects, and goes on by itself as far as its options say. */
  constructor(options: NetplayClientOptions) {
    this.#options = options;
    this.#until = options.until;
    const { port, host = "127.0.0.1", localAddress } = options;
    this.socket = connect({
      port,
      host,
      noDelay: true,
      ...(localAddress === undefined ? {} : { localAddress }),
    });
    this.socket.on("error", () => {
      this.end = "reset";
    });
    this.socket.on("close", () => {
      this.end ??= "closed";
    });
    this.socket.on("data", (chunk: Buffer) => {
      this.receivedBytes += chunk.length;
      this.#receive(chunk);
    });
    this.socket.write(Buffer.concat([options.preamble ?? Buffer.alloc(0), this.header()]));
  }

  /** Resolves when the client has received SYNC. */
  static async join(options: NetplayClientOptions, deadlineMs?: number): Promise<NetplayClient> {
    const client = new NetplayClient(options);
    await eventually("SYNC", () => client.sync !== undefined || client.end !== undefined, deadlineMs);
    if (client.sync === undefined) {
      throw new Error(`${options.nick ?? "the client"} was not let in: connection ${client.end ?? "open"}`);
    }
    return client;
  }

  /** The ports that it drives, from 1; empty while it watches. */
  get ports(): readonly number[] {
    const own = this.modes.findLast((mode) => mode.you);
    return own?.playing === true ? own.ports : [];
  }

  header(): Buffer {
    const { protocol = 6, compression = 1 } = this.#options;
    return encodeClientHeader({
      platform: 0x00040008,
      compression,
      highestProtocol: protocol === 5 ? 0 : protocol,
      lowestProtocol: 5,
      implementation: 0x469,
    });
  }

  info(): Info {
    const { core, coreVersion = "1.0", crc } = this.#options;
    return { crc: toCrc32(crc), coreName: core, coreVersion };
  }

  /** Sends the nickname after a stop at the header, and joins the game. */
  goOn(): void {
    this.#until = undefined;
    this.socket.write(encodeNickCommand(this.#options.nick ?? "tester"));
  }

  send(command: number, payload?: Uint8Array): void {
    this.socket.write(encodeCommand(command, payload));
  }

  sendRaw(bytes: Uint8Array): void {
    this.socket.write(bytes);
  }

  play(): void {
    this.send(COMMAND.play, u32(0));
  }

  spectate(): void {
    this.#nextInputFrame = undefined;
    this.send(COMMAND.spectate);
  }

  /** Buttons to hold from the next input on, as a bitmap of libretro's joypad ids. */
  press(buttons: number): void {
    this.#buttons = buttons;
  }

  ping(): void {
    this.send(COMMAND.pingRequest);
  }

  /** Does not read from the connection until `startReading`. */
  stopReading(): void {
    this.socket.pause();
  }

  startReading(): void {
    this.socket.resume();
  }

  /** Frames a second that the host runs at, measured over this time. */
  async measureFps(durationMs: number): Promise<number> {
    const from = { frames: this.framesSeen, atMs: performance.now() };
    await eventually("time", () => performance.now() - from.atMs >= durationMs, durationMs + 5_000);
    return ((this.framesSeen - from.frames) * 1000) / (performance.now() - from.atMs);
  }

  /** Closes the connection as RetroArch does, without DISCONNECT. */
  async close(): Promise<void> {
    this.socket.destroySoon();
    await this.ended();
  }

  async ended(deadlineMs?: number): Promise<void> {
    await eventually("end of the connection", () => this.end !== undefined, deadlineMs);
  }

  #receive(chunk: Buffer): void {
    if (this.hostNick !== undefined) {
      this.#framer.push(chunk).forEach((frame) => {
        this.#obey(frame);
      });
      return;
    }
    this.#early = Buffer.concat([this.#early, chunk]);
    if (this.hostHeader === undefined) {
      const header = decodeHostHeader(this.#early);
      if (!header.ok) {
        return;
      }
      this.hostHeader = header.value;
      this.#early = this.#early.subarray(HEADER_BYTES);
      if (header.value.magic === "RANP" && header.value.protocol > 0 && this.#until !== "header") {
        this.socket.write(encodeNickCommand(this.#options.nick ?? "tester"));
      }
    }
    const nick = decodeNickCommand(this.#early);
    if (nick.ok) {
      const rest = this.#early.subarray(encodeNickCommand("").length);
      this.hostNick = nick.value;
      const salt = this.hostHeader.salt;
      if (salt !== 0 && this.#until !== "nick") {
        this.send(COMMAND.password, Buffer.from(hashPassword(salt, this.#options.password ?? "")));
      }
      this.#receive(rest);
    }
  }

  #obey(frame: CommandFrame): void {
    this.commands.push(frame);
    const { command, payload } = frame;
    switch (command) {
      case COMMAND.info:
        this.#answerInfo(payload);
        return;
      case COMMAND.sync:
        this.#begin(payload);
        return;
      case COMMAND.noInput:
        this.#passFrame(payload.readUInt32BE(0));
        return;
      case COMMAND.input:
        this.#takeInput(payload);
        return;
      case COMMAND.mode:
        this.#changeMode(payload);
        return;
      case COMMAND.modeRefused:
        this.refusals.push(payload.readUInt32BE(0));
        return;
      case COMMAND.loadSavestate:
        this.#loadSavestate(payload);
        return;
      case COMMAND.pingRequest:
        this.pingRequests++;
        this.send(COMMAND.pingResponse);
        return;
      case COMMAND.pingResponse:
        this.pongs++;
        return;
    }
  }

  #answerInfo(payload: Buffer): void {
    const decoded = decodeInfo(payload);
    if (decoded.ok && decoded.value.type === "answer") {
      this.hostInfo = decoded.value.info;
    }
    if (this.#until !== "nick") {
      this.send(COMMAND.info, encodeInfo(this.info()));
    }
  }

  #begin(payload: Buffer): void {
    const sync = decodeSync(payload, payload.length);
    if (!sync.ok) {
      throw new Error("SYNC is too short");
    }
    this.sync = sync.value;
    this.sram = payload.subarray(SYNC_FIXED_BYTES);
    if (this.#options.spectate !== true && this.#until === undefined) {
      this.play();
    }
  }

  #passFrame(frame: number): void {
    this.serverFrame = frame;
    this.framesSeen++;
    if (this.#options.withoutInput === true) {
      return;
    }
    while (this.#nextInputFrame !== undefined && this.#nextInputFrame <= frame) {
      const words = this.ports.map(() => u32(this.#buttons));
      const clientNumber = u32(this.sync?.clientNumber ?? 0);
      this.send(COMMAND.input, Buffer.concat([u32(this.#nextInputFrame), clientNumber, ...words]));
      this.#nextInputFrame++;
    }
  }

  #takeInput(payload: Buffer): void {
    const clientNumber = payload.readUInt16BE(6);
    this.inputs.set(clientNumber, payload.length >= 12 ? payload.readUInt32BE(8) : 0);
    if (clientNumber === 0) {
      this.#passFrame(payload.readUInt32BE(0));
    }
  }

  #changeMode(payload: Buffer): void {
    const mode = decodeMode(payload);
    if (!mode.ok) {
      throw new Error("MODE has the wrong size");
    }
    this.modes.push(mode.value);
    if (mode.value.you) {
      this.#nextInputFrame = mode.value.playing ? mode.value.frame : undefined;
    }
  }

  #loadSavestate(payload: Buffer): void {
    const head = decodeSavestateHead(payload);
    if (!head.ok) {
      throw new Error("LOAD_SAVESTATE is too short");
    }
    const travelled = payload.subarray(SAVESTATE_HEAD_BYTES);
    const data = this.#options.compression === 0 ? travelled : inflateSync(travelled);
    this.savestates.push({ ...head.value, data: Buffer.from(data) });
  }
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
