import { TextDecoder } from "node:util";
import type { DatParser } from "./dat-game.ts";

/** Takes text instead of bytes. */
export interface TextParser {
  write(text: string): void;
  end(): void;
}

/** How much of the file is looked at to find its encoding. */
const DECLARATION_BYTES = 200;

/**
 * A byte order mark or an XML declaration says which encoding a text has. Without one, a text is read as UTF-8; from the first bytes
 * on that are not UTF-8, it is read as Latin-1.
 */
export function decodeText(parser: TextParser): DatParser {
  let decoder: TextDecoder | undefined;
  return {
    write: (chunk) => {
      decoder ??= new TextDecoder(encodingOf(chunk), { fatal: true });
      try {
        parser.write(decoder.decode(chunk, { stream: true }));
      } catch (error) {
        if (!(error instanceof TypeError)) {
          throw error;
        }
        decoder = new TextDecoder("latin1");
        parser.write(decoder.decode(chunk, { stream: true }));
      }
    },
    end: () => {
      parser.write(decodeRest(decoder));
      parser.end();
    },
  };
}

/** A character that was cut off at the end of the file. */
function decodeRest(decoder: TextDecoder | undefined): string {
  try {
    return decoder?.decode() ?? "";
  } catch {
    return "\ufffd";
  }
}

function encodingOf(start: Uint8Array): string {
  if (start[0] === 0xff && start[1] === 0xfe) {
    return "utf-16le";
  }
  if (start[0] === 0xfe && start[1] === 0xff) {
    return "utf-16be";
  }
  const text = Buffer.from(start.subarray(0, DECLARATION_BYTES)).toString("latin1");
  const declared = /^(?:\xef\xbb\xbf)?<\?xml[^>]*encoding=["']([\w-]+)["']/.exec(text)?.[1]?.toLowerCase();
  const isLatin = declared !== undefined && /^(?:iso-8859-1|latin-?1|windows-1252|us-ascii)$/.test(declared);
  return isLatin ? "latin1" : "utf-8";
}
