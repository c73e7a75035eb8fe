import type { DatParser, DatSink } from "./dat-game.ts";
import { createClrMameProParser } from "./parse-clrmamepro.ts";
import { createLogiqxParser } from "./parse-logiqx.ts";
import { createRdbParser } from "./parse-rdb.ts";

/**
 * Chooses the format by the first bytes of the file.
 *
 * @param name - Name of the DAT if the file does not contain one.
 */
export function createDatParser(start: Buffer, sink: DatSink, name: string): DatParser {
  if (start.toString("latin1", 0, 7) === "RARCHDB") {
    return createRdbParser(sink, name);
  }
  const text = start.toString("latin1", 0, 64).replace(/^[\xef\xbb\xbf\xff\xfe\0\s]+/, "");
  return text.startsWith("<") ? createLogiqxParser(sink) : createClrMameProParser(sink);
}
