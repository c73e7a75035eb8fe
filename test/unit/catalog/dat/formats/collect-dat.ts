import type {
  DatGame,
  DatHeader,
  DatParser,
  DatSink,
} from "../../../../../src/catalog/dat/formats/dat-game.ts";

export interface CollectedDat {
  readonly header: DatHeader | undefined;
  readonly games: readonly DatGame[];
}

/** Parses a DAT in pieces and collects its games. */
export function collectDat(
  createParser: (sink: DatSink) => DatParser,
  bytes: Uint8Array,
  pieceBytes = bytes.length,
): CollectedDat {
  const games: DatGame[] = [];
  let header: DatHeader | undefined;
  const parser = createParser({
    onHeader: (found) => {
      header = found;
    },
    onGame: (game) => {
      games.push(game);
    },
  });
  for (let at = 0; at < bytes.length; at += Math.max(1, pieceBytes)) {
    parser.write(bytes.subarray(at, at + Math.max(1, pieceBytes)));
  }
  parser.end();
  return { header, games };
}
