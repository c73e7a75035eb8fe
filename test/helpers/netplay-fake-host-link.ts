import type { Socket } from "node:net";
import { deflateSync } from "node:zlib";
import {
  COMMAND,
  CommandFramer,
  decodeClientOpening,
  decodeNickCommand,
  encodeCommand,
  encodeHostHeader,
  encodeInfo,
  encodeMode,
  encodeNickCommand,
  encodeSavestate,
  encodeSync,
  HEADER_BYTES,
  negotiateProtocol,
  NICK_COMMAND_BYTES,
  type ClientHeader,
  type CommandFrame,
} from "../../src/netplay/index.ts";
import { toCrc32 } from "../../src/shared/index.ts";

/** The game of a fake host, and its faults. */
export interface FakeHostGame {
  readonly nick: string;
  readonly core: string;
  readonly coreVersion: string;
  readonly crc: number;
  readonly protocolHigh: number;
  readonly sram: Buffer;
  readonly state: Buffer;
  readonly ports: number;
  /** Answers this protocol to every client. */
  readonly forcedProtocol?: number;
  /** Answers the replayed header with these bytes. */
  readonly headerAnswer?: Buffer;
  /** Never sends SYNC. */
  readonly withholdsSync?: boolean;
}

const NO_SHARING = Buffer.alloc(16);

/** State that the links of one fake host share. */
export interface FakeHostWorld {
  readonly game: FakeHostGame;
  readonly links: FakeHostLink[];
  frame: number;
  readonly crash: (reason: string) => void;
}

/** A fake host's side of one client. */
export class FakeHostLink {
  header: ClientHeader | undefined;
  nick: string | undefined;
  /** All commands of the client after its nickname. */
  readonly commands: CommandFrame[] = [];
  received: Buffer = Buffer.alloc(0);
  clientNumber = 0;
  ports: number[] = [];
  isIn = false;
  ended = false;
  /** Does not notice that its client has left, until `notice`. */
  isBusy = false;
  socket: Socket | undefined;
  protocol = 0;
  readonly #world: FakeHostWorld;
  readonly #framer = new CommandFramer(({ payloadBytes }) => payloadBytes);
  #early: Buffer = Buffer.alloc(0);

  constructor(world: FakeHostWorld) {
    this.#world = world;
  }

  attach(socket: Socket): void {
    this.socket = socket;
    socket.on("end", () => {
      if (!this.isBusy) {
        socket.end();
      }
    });
    socket.on("close", () => {
      this.ended = true;
      this.isIn = false;
      this.ports = [];
    });
  }

  notice(): void {
    this.isBusy = false;
    this.socket?.end();
  }

  send(command: number, payload?: Uint8Array): void {
    this.sendRaw(encodeCommand(command, payload));
  }

  sendRaw(bytes: Uint8Array): void {
    this.socket?.write(bytes);
  }

  /** How many commands with this id the client has sent. */
  count(command: number): number {
    return this.commands.filter((frame) => frame.command === command).length;
  }

  receive(chunk: Buffer): void {
    if (this.nick !== undefined) {
      this.#receiveCommands(chunk);
      return;
    }
    this.#early = Buffer.concat([this.#early, chunk]);
    if (this.header === undefined && !this.#receiveHeader()) {
      return;
    }
    const nick = decodeNickCommand(this.#early);
    if (nick.ok) {
      const rest = this.#early.subarray(NICK_COMMAND_BYTES);
      this.nick = nick.value;
      this.sendRaw(encodeNickCommand(this.#world.game.nick));
      this.#sendInfo();
      this.#receiveCommands(rest);
    }
  }

  sendFrame(frame: number): void {
    this.send(COMMAND.noInput, u32(frame));
  }

  sendSavestate(): void {
    if ((this.header?.compression ?? 0) === 0) {
      this.#world.crash("a savestate for a client without zlib");
      return;
    }
    const head = { frame: this.#world.frame, uncompressedBytes: this.#world.game.state.length };
    this.send(COMMAND.loadSavestate, encodeSavestate(head, deflateSync(this.#world.game.state)));
  }

  #receiveHeader(): boolean {
    const opening = decodeClientOpening(this.#early);
    if (!opening.ok || opening.value.type !== "join") {
      return false;
    }
    const { header } = opening.value;
    const game = this.#world.game;
    this.header = header;
    this.#early = this.#early.subarray(HEADER_BYTES);
    this.protocol = game.forcedProtocol ?? negotiateProtocol(header, game.protocolHigh) ?? 0;
    const answer = {
      magic: "RANP" as const,
      platform: 0x00040008,
      compression: 1,
      salt: 0,
      protocol: this.protocol,
      implementation: 0x469,
    };
    this.sendRaw(game.headerAnswer ?? encodeHostHeader(answer));
    return true;
  }

  #receiveCommands(bytes: Buffer): void {
    this.received = Buffer.concat([this.received, bytes]);
    this.#framer.push(bytes).forEach((frame) => {
      this.commands.push(frame);
      this.#obey(frame);
    });
  }

  #obey({ command, payload }: CommandFrame): void {
    switch (command) {
      case COMMAND.info:
        if (payload.length === 0) {
          this.#sendInfo();
        } else {
          this.#letIn();
        }
        return;
      case COMMAND.play:
        this.#play();
        return;
      case COMMAND.spectate:
        this.ports = [];
        this.#announce(false);
        return;
      case COMMAND.requestSavestate:
        this.#world.links
          .filter((link) => link.isIn)
          .forEach((link) => {
            link.sendSavestate();
          });
        return;
      case COMMAND.pingRequest:
        this.send(COMMAND.pingResponse);
        this.send(COMMAND.pingRequest);
        return;
      case COMMAND.input:
        this.#relay(payload);
        return;
      default:
        return;
    }
  }

  #sendInfo(): void {
    const { core, coreVersion, crc } = this.#world.game;
    this.send(COMMAND.info, encodeInfo({ crc: toCrc32(crc), coreName: core, coreVersion }));
  }

  #letIn(): void {
    if (this.isIn || this.#world.game.withholdsSync === true) {
      return;
    }
    const taken = this.#world.links.filter((link) => link.isIn).map((link) => link.clientNumber);
    this.clientNumber =
      Array.from({ length: 31 }, (_, slot) => slot + 1).find((one) => !taken.includes(one)) ?? 0;
    const isTaken = this.#world.links.some((link) => link.isIn && link.nick === this.nick);
    this.isIn = true;
    const sync = {
      frame: this.#world.frame,
      paused: false,
      clientNumber: this.clientNumber,
      devices: Array.from({ length: 16 }, (_, port) => (port < this.#world.game.ports ? 1 : 0)),
      shareModes: NO_SHARING,
      drivers: [],
      nick: `${this.nick ?? ""}${isTaken ? " (2)" : ""}`,
    };
    this.send(COMMAND.sync, encodeSync(sync, this.#world.game.sram));
    if (this.protocol >= 6) {
      this.send(COMMAND.settingAllowPausing, u32(0));
      this.send(COMMAND.settingInputLatencyFrames, Buffer.alloc(8));
    }
    this.sendSavestate();
  }

  #play(): void {
    const taken = this.#world.links.flatMap((link) => link.ports);
    const free = Array.from({ length: this.#world.game.ports }, (_, port) => port + 1).find(
      (port) => !taken.includes(port),
    );
    if (free === undefined) {
      this.send(COMMAND.modeRefused, u32(2));
      return;
    }
    this.ports = [free];
    this.#announce(true);
  }

  #announce(playing: boolean): void {
    const { clientNumber, ports } = this;
    const mode = {
      frame: this.#world.frame + 1,
      playing,
      slave: false,
      clientNumber,
      ports,
      shareModes: NO_SHARING,
      nick: this.nick ?? "",
    };
    this.#world.links
      .filter((link) => link.isIn)
      .forEach((link) => {
        link.send(COMMAND.mode, encodeMode({ ...mode, you: link === this }));
      });
  }

  #relay(input: Buffer): void {
    const relayed = Buffer.from(input);
    relayed.writeUInt32BE(this.clientNumber, 4);
    this.#world.links
      .filter((link) => link.isIn && link !== this)
      .forEach((link) => {
        link.send(COMMAND.input, relayed);
      });
  }
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
