import { decodeMulti } from "@msgpack/msgpack";
import { toCrc32 } from "../../../shared/index.ts";
import { DatSyntaxError, regionOf, type DatGame, type DatParser, type DatSink } from "./dat-game.ts";

/** `RARCHDB`, one byte of padding, big-endian offset of the closing map (libretro-db/libretrodb.c). */
const MAGIC = "RARCHDB\0";
const HEADER_BYTES = 16;
/** libretro's largest database has some 10 MB. */
const MAX_FILE_BYTES = 64 * 1024 * 1024;
/** A game takes some hundred bytes. */
const MAX_GAME_BYTES = 1 << 20;
const MAX_FIELDS = 1000;

/**
 * Parses libretro's compiled database: one MessagePack map for each game, then nil. The map and the indexes behind it are not
 * needed. The file does not contain its own name.
 */
export function createRdbParser(sink: DatSink, name: string): DatParser {
  const chunks: Uint8Array[] = [];
  let sizeBytes = 0;
  return {
    write: (chunk) => {
      sizeBytes += chunk.length;
      if (sizeBytes > MAX_FILE_BYTES) {
        throw new DatSyntaxError(`a libretro database of more than ${MAX_FILE_BYTES} bytes`);
      }
      // A copy: the caller may use the chunk's memory again.
      chunks.push(Uint8Array.from(chunk));
    },
    end: () => {
      const bytes = Buffer.concat(chunks);
      if (bytes.toString("latin1", 0, MAGIC.length) !== MAGIC || bytes.length < HEADER_BYTES) {
        throw new DatSyntaxError("it is no libretro database");
      }
      sink.onHeader({ name, version: "" });
      readGames(bytes.subarray(HEADER_BYTES), sink);
    },
  };
}

function readGames(bytes: Buffer, sink: DatSink): void {
  const values = decodeMulti(bytes, {
    maxStrLength: MAX_GAME_BYTES,
    maxBinLength: MAX_GAME_BYTES,
    maxArrayLength: MAX_FIELDS,
    maxMapLength: MAX_FIELDS,
  });
  for (let value = decodeNext(values); value !== null; value = decodeNext(values)) {
    if (typeof value !== "object" || Array.isArray(value) || value instanceof Uint8Array) {
      throw new DatSyntaxError("it is damaged");
    }
    const game = toGame(value as Readonly<Record<string, unknown>>);
    if (game !== undefined) {
      sink.onGame(game);
    }
  }
}

/** @throws DatSyntaxError, also when there is no further value: nil is the last one. */
function decodeNext(values: Generator<unknown, void>): unknown {
  try {
    const next = values.next();
    if (next.done !== true) {
      return next.value;
    }
  } catch (error) {
    if (!(error instanceof RangeError)) {
      const isTooLarge = error instanceof Error && error.message.startsWith("Max length exceeded");
      throw new DatSyntaxError(isTooLarge ? `a game of more than ${MAX_GAME_BYTES} bytes` : "it is damaged");
    }
  }
  throw new DatSyntaxError("it is cut short");
}

function toGame(fields: Readonly<Record<string, unknown>>): DatGame | undefined {
  const { crc, size } = fields;
  const name = textOf(fields.name) || textOf(fields.description);
  if (name === "") {
    return undefined;
  }
  const known =
    crc instanceof Uint8Array && crc.length === 4 ? toCrc32(Buffer.from(crc).readUInt32BE(0)) : undefined;
  const sizeBytes = typeof size === "number" && Number.isSafeInteger(size) ? size : undefined;
  return {
    name,
    title: textOf(fields.description) || name,
    region: textOf(fields.region) || regionOf(name),
    parent: undefined,
    isBios: false,
    roms: known === undefined ? [] : [{ name: textOf(fields.rom_name), sizeBytes, crc: known }],
  };
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : value instanceof Uint8Array ? Buffer.from(value).toString() : "";
}
