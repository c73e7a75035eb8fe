import { connect, type Socket } from "node:net";
import {
  decodeTunnelMessage,
  encodeTunnelMessage,
  TUNNEL_ID_BYTES,
  TunnelFramer,
  type TunnelMessage,
} from "../../src/netplay/index.ts";
import { FakeHostLink, type FakeHostGame, type FakeHostWorld } from "./netplay-fake-host-link.ts";
import { eventually } from "./eventually.ts";

export interface FakeHostOptions extends Partial<FakeHostGame> {
  readonly tunnelPort: number;
  /** Address to connect from; any of 127.0.0.0/8. */
  readonly localAddress?: string;
  /** Opens a link only by `openLink`. */
  readonly ignoresLinks?: boolean;
  /** Whether it asks for the peer's address first, as RetroArch since 1.11 does. Default true. */
  readonly asksAddress?: boolean;
  /** Sends pings back, as RetroArch does. */
  readonly answersPings?: boolean;
  /** Runs frames only by `tick`. */
  readonly manualFrames?: boolean;
}

const FRAME_MS = 1000 / 60;

/** A scripted RetroArch host in tunnel mode: dials in, opens links, runs frames, and dies where a real one dies. */
export class FakeHost {
  readonly control: Socket;
  /** Peers that a link was asked for, in order. */
  readonly asked: Buffer[] = [];
  /** Answers to address questions. */
  readonly addresses: Buffer[] = [];
  sessionId: Buffer | undefined;
  pongs = 0;
  controlEnded = false;
  /** Why it died; undefined while it lives. */
  crash: string | undefined;
  readonly #world: FakeHostWorld;
  readonly #options: FakeHostOptions;
  readonly #sockets = new Set<Socket>();
  readonly #framer = new TunnelFramer<TunnelMessage>(decodeTunnelMessage);
  #timer: NodeJS.Timeout | undefined;

  private constructor(options: FakeHostOptions) {
    this.#options = options;
    const game = {
      nick: "dedicated",
      core: "Fake Core",
      coreVersion: "1.0",
      crc: 0xe2c443c4,
      protocolHigh: 6,
      sram: Buffer.alloc(0),
      state: Buffer.alloc(2048, "state"),
      ports: 2,
      ...options,
    };
    const crash = (reason: string): void => {
      this.crash = reason;
      this.close();
    };
    this.#world = { game, links: [], frame: 0, crash };
    this.control = this.#dial((chunk) => {
      this.#framer.push(chunk).messages.forEach((message) => {
        this.#obey(message);
      });
    });
    this.control.on("end", () => this.control.end());
    this.control.on("close", () => {
      this.controlEnded = true;
    });
    this.control.write(encodeTunnelMessage({ type: "session", id: Buffer.alloc(TUNNEL_ID_BYTES) }));
  }

  /** Resolves when the tunnel has answered with a session. */
  static async dial(options: FakeHostOptions): Promise<FakeHost> {
    const host = new FakeHost(options);
    await eventually("RATS", () => host.sessionId !== undefined || host.controlEnded);
    if (options.manualFrames !== true) {
      host.#timer = setInterval(() => {
        host.tick();
      }, FRAME_MS);
    }
    return host;
  }

  get links(): readonly FakeHostLink[] {
    return this.#world.links;
  }

  /** Runs one frame for all clients. */
  tick(): void {
    const frame = ++this.#world.frame;
    this.links
      .filter((link) => link.isIn)
      .forEach((link) => {
        link.sendFrame(frame);
      });
  }

  /** Opens the link of this peer, even without a request. */
  openLink(peer: Buffer): FakeHostLink {
    const link = new FakeHostLink(this.#world);
    const socket = this.#dial((chunk) => {
      link.receive(chunk);
    });
    link.attach(socket);
    socket.write(encodeTunnelMessage({ type: "link", peer }));
    this.#world.links.push(link);
    return link;
  }

  /** The link of this client, as soon as it exists. */
  async linkOf(nick: string): Promise<FakeHostLink> {
    const find = (): FakeHostLink | undefined => this.links.find((link) => link.nick === nick && !link.ended);
    await eventually(`a link of ${nick}`, () => find() !== undefined);
    const link = find();
    if (link === undefined) {
      throw new Error(`${nick} is gone again`);
    }
    return link;
  }

  /** Resolves when the gateway has answered on the control connection, and so has read all that was sent before. */
  async roundTrip(): Promise<void> {
    const answers = this.addresses.length;
    this.control.write(
      encodeTunnelMessage({ type: "address-question", peer: Buffer.alloc(TUNNEL_ID_BYTES) }),
    );
    await eventually("an answer to an address question", () => this.addresses.length > answers);
  }

  close(): void {
    clearInterval(this.#timer);
    this.#sockets.forEach((socket) => {
      socket.destroy();
    });
  }

  #obey(message: TunnelMessage): void {
    switch (message.type) {
      case "session":
        this.sessionId = message.id;
        return;
      case "link":
        this.#beginLink(message.peer);
        return;
      case "address":
        this.addresses.push(message.address);
        if (this.#options.ignoresLinks !== true && message.peer.some((byte) => byte !== 0)) {
          this.openLink(message.peer);
        }
        return;
      case "ping":
        this.pongs++;
        if (this.#options.answersPings === true) {
          this.control.write(encodeTunnelMessage({ type: "ping" }));
        }
        return;
    }
  }

  #beginLink(peer: Buffer): void {
    this.asked.push(peer);
    if (this.#options.asksAddress ?? true) {
      this.control.write(encodeTunnelMessage({ type: "address-question", peer }));
    } else if (this.#options.ignoresLinks !== true) {
      this.openLink(peer);
    }
  }

  #dial(onData: (chunk: Buffer) => void): Socket {
    const { tunnelPort, localAddress } = this.#options;
    const socket = connect({
      port: tunnelPort,
      ...(localAddress === undefined ? {} : { localAddress }),
      host: "127.0.0.1",
      noDelay: true,
      allowHalfOpen: true,
    });
    this.#sockets.add(socket);
    socket.on("error", () => undefined);
    socket.on("close", () => this.#sockets.delete(socket));
    socket.on("data", onData);
    return socket;
  }
}
