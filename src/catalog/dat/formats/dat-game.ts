import { parseCrc32, type Crc32 } from "../../../shared/index.ts";

/** What a DAT says of itself. */
export interface DatHeader {
  readonly name: string;
  readonly version: string;
}

/** One game, or one set of an arcade machine. */
export interface DatGame {
  readonly name: string;
  /** The description; the name when there is none. */
  readonly title: string;
  readonly region: string | undefined;
  /** Set whose files it shares: its parent or its BIOS. */
  readonly parent: string | undefined;
  readonly isBios: boolean;
  readonly roms: readonly DatRom[];
}

/** Only ROMs with a known CRC are kept. */
interface DatRom {
  readonly name: string;
  readonly sizeBytes: number | undefined;
  readonly crc: Crc32;
}

/** Takes a DAT piece by piece. */
export interface DatParser {
  /** @throws DatSyntaxError */
  write(chunk: Uint8Array): void;
  /** @throws DatSyntaxError when the end is missing. */
  end(): void;
}

export interface DatSink {
  onHeader(header: DatHeader): void;
  onGame(game: DatGame): void;
}

/** The file is not what its format demands; the message says where and how, for the operator. */
export class DatSyntaxError extends Error {
  override readonly name = "DatSyntaxError";
}

/** Limit for a name and for the text between two tags or brackets, so that a hostile file cannot fill the memory. */
export const MAX_TOKEN_CHARACTERS = 1 << 20;

/** Fields of a game as text, by their usual names. */
export function toDatGame(
  fields: ReadonlyMap<string, string>,
  roms: readonly ReadonlyMap<string, string>[],
): DatGame | undefined {
  const name = fields.get("name");
  if (name === undefined || name === "") {
    return undefined;
  }
  return {
    name,
    title: fields.get("description") ?? name,
    region: fields.get("region") ?? regionOf(name),
    parent: fields.get("romof") ?? fields.get("cloneof"),
    isBios: fields.get("isbios") === "yes",
    roms: roms.flatMap((rom) => toRom(rom)),
  };
}

function toRom(fields: ReadonlyMap<string, string>): DatRom[] {
  const crc = parseCrc32(fields.get("crc") ?? "");
  if (crc === undefined || fields.get("status") === "nodump" || fields.get("flags") === "nodump") {
    return [];
  }
  const sizeBytes = Number(fields.get("size") ?? Number.NaN);
  return [
    {
      name: fields.get("name") ?? "",
      sizeBytes: Number.isSafeInteger(sizeBytes) ? sizeBytes : undefined,
      crc,
    },
  ];
}

const REGIONS = new Set(
  `World,USA,Europe,Japan,Asia,Australia,Brazil,Canada,China,Denmark,Finland,France,Germany,Greece,Hong Kong,Italy,Korea,
  Latin America,Netherlands,Norway,Poland,Portugal,Russia,Scandinavia,Spain,Sweden,Taiwan,UK,Unknown,Argentina,India,
  Ireland,Israel,Mexico,New Zealand,South Africa,Switzerland,Turkey,United Kingdom,Austria,Belgium,Croatia`
    .split(",")
    .map((region) => region.trim()),
);

/** `Rally (USA, Europe) (Rev 1)` → `USA, Europe`: the first pair of brackets with nothing but regions in it. */
export function regionOf(name: string): string | undefined {
  for (const [, inside = ""] of name.matchAll(/\(([^()]{1,200})\)/g)) {
    if (inside.split(",").every((part) => REGIONS.has(part.trim()))) {
      return inside;
    }
  }
  return undefined;
}

/** `Nintendo - Game Boy (Parent-Clone) (20240101)` and `Sony - PlayStation - Datfile (10) (2024)` → the system alone. */
export function systemOf(datName: string): string {
  return datName.replace(/\s*(?:- Datfile)?\s*(?:\([^()]*\)\s*)*$/, "").trim() || datName;
}
