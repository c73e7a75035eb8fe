import { toCrc32 } from "../../../shared/index.ts";
import { regionOf, DatSyntaxError, type DatGame, type DatParser, type DatSink } from "./dat-game.ts";
import { decodePacked, type PackedValue } from "./message-pack.ts";

/** `RARCHDB`, one byte of padding, big-endian offset of the closing map (libretro-db/libretrodb.c). */
const MAGIC = "RARCHDB\0";
const HEADER_BYTES = 16;
/** A game takes some hundred bytes. */
const MAX_GAME_BYTES = 1 << 20;

/**
 * libretro's compiled database: one MessagePack map a game, closed by nil; behind it a map that says how many there
 * are, and indexes, which are of no use here. The file does not name itself.
 */
export function createRdbParser(sink: DatSink, name: string): DatParser {
  let rest: Buffer = Buffer.alloc(0);
  let started = false;
  let done = false;
  return {
    write: (chunk) => {
      if (done) {
        return;
      }
      rest = Buffer.concat([rest, chunk]);
      if (!started && rest.length >= HEADER_BYTES) {
        checkMagic(rest);
        sink.onHeader({ name, version: "" });
        rest = rest.subarray(HEADER_BYTES);
        started = true;
      }
      if (started) {
        const taken = takeGames(rest, sink);
        rest = Buffer.from(rest.subarray(taken.next));
        done = taken.done;
      }
      if (!done && rest.length > MAX_GAME_BYTES) {
        throw new DatSyntaxError(`a game of more than ${MAX_GAME_BYTES} bytes`);
      }
    },
    end: () => {
      if (!started) {
        checkMagic(rest);
      }
      if (!done) {
        throw new DatSyntaxError("it is cut short");
      }
    },
  };
}

function checkMagic(bytes: Buffer): void {
  if (bytes.toString("latin1", 0, MAGIC.length) !== MAGIC || bytes.length < HEADER_BYTES) {
    throw new DatSyntaxError("it is no libretro database");
  }
}

function takeGames(bytes: Buffer, sink: DatSink): { next: number; done: boolean } {
  let next = 0;
  for (;;) {
    const decoded = decodePacked(bytes, next);
    if (decoded === "need-more") {
      return { next, done: false };
    }
    if (decoded === "invalid" || (decoded.value.kind !== "nil" && decoded.value.kind !== "map")) {
      throw new DatSyntaxError("it is damaged");
    }
    next = decoded.next;
    if (decoded.value.kind === "nil") {
      return { next, done: true };
    }
    const game = toGame(decoded.value.value);
    if (game !== undefined) {
      sink.onGame(game);
    }
  }
}

function toGame(pairs: readonly (readonly [PackedValue, PackedValue])[]): DatGame | undefined {
  const fields = new Map(pairs.map(([key, value]) => [textOf(key), value]));
  const name = textOf(fields.get("name")) || textOf(fields.get("description"));
  if (name === "") {
    return undefined;
  }
  const crc = fields.get("crc");
  const size = fields.get("size");
  const known =
    crc?.kind === "bytes" && crc.value.length === 4 ? toCrc32(crc.value.readUInt32BE(0)) : undefined;
  const sizeBytes = size?.kind === "number" && Number.isSafeInteger(size.value) ? size.value : undefined;
  return {
    name,
    title: textOf(fields.get("description")) || name,
    region: textOf(fields.get("region")) || regionOf(name),
    parent: undefined,
    isBios: false,
    roms: known === undefined ? [] : [{ name: textOf(fields.get("rom_name")), sizeBytes, crc: known }],
  };
}

function textOf(value: PackedValue | undefined): string {
  return value?.kind === "bytes" ? value.value.toString("utf8") : "";
}
