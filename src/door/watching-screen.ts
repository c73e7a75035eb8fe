import { COMMAND, COMMAND_HEAD_BYTES, decodeCommandHead, encodeUnprivileged } from "../netplay/index.ts";
import type { Screen, Screened } from "./command-screen.ts";

const REFUSAL = encodeUnprivileged();

/** For a client that may only watch: its PLAY reaches no host, and is answered as a host does that knows two passwords. */
export class WatchingScreen implements Screen {
  readonly #screen: Screen;

  /** @param screen - Judges everything else; what it lets pass are whole commands. */
  constructor(screen: Screen) {
    this.#screen = screen;
  }

  push(chunk: Buffer, nowMs: number): Screened {
    const screened = this.#screen.push(chunk, nowMs);
    return screened.type === "drop" ? screened : { ...screened, ...withoutPlay(screened.forward) };
  }
}

function withoutPlay(commands: Buffer): { readonly forward: Buffer; readonly answer?: Buffer } {
  const kept: Buffer[] = [];
  let refused = 0;
  let offset = 0;
  for (;;) {
    const head = decodeCommandHead(commands, offset);
    if (!head.ok) {
      break;
    }
    const end = offset + COMMAND_HEAD_BYTES + head.value.payloadBytes;
    if (head.value.command === COMMAND.play) {
      refused++;
    } else {
      kept.push(commands.subarray(offset, end));
    }
    offset = end;
  }
  return refused === 0
    ? { forward: commands }
    : { forward: Buffer.concat(kept), answer: Buffer.concat(Array.from({ length: refused }, () => REFUSAL)) };
}
