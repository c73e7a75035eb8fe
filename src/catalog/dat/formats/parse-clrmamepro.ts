import { decodeText } from "./decode-text.ts";
import { DatSyntaxError, MAX_TOKEN_CHARACTERS, toDatGame, type DatParser, type DatSink } from "./dat-game.ts";

type Fields = Map<string, string>;

/** A pair of brackets that is open, and what stood in front of it. */
interface Block {
  readonly kind: string;
  readonly fields: Fields;
  readonly roms: Fields[];
  /** The word that waits for its value. */
  key: string | undefined;
}

const HEADERS = new Set(["clrmamepro", "emulator"]);
const GAMES = new Set(["game", "machine", "resource", "set"]);
const MAX_DEPTH = 16;

/** The text format of clrmamepro and of libretro-database: `game ( name "…" rom ( name "…" size 1 crc 2 ) )`. */
export function createClrMameProParser(sink: DatSink): DatParser {
  const stack: Block[] = [newBlock("")];
  const tokenizer = createTokenizer((token, quoted) => {
    const block = stack.at(-1) ?? newBlock("");
    if (!quoted && token === "(") {
      if (stack.length > MAX_DEPTH) {
        throw new DatSyntaxError(`brackets nested deeper than ${MAX_DEPTH}`);
      }
      stack.push(newBlock(block.key ?? ""));
      block.key = undefined;
    } else if (!quoted && token === ")") {
      if (stack.length === 1) {
        throw new DatSyntaxError("a closing bracket without an opening one");
      }
      stack.pop();
      finish(block, stack.at(-1) ?? block, sink);
    } else if (block.key === undefined) {
      block.key = token.toLowerCase();
    } else {
      setFirst(block.fields, block.key, token);
      block.key = undefined;
    }
  });
  let sawBlock = false;
  return decodeText({
    write: (text) => {
      tokenizer.write(text);
      sawBlock ||= text.includes("(");
    },
    end: () => {
      tokenizer.end();
      if (stack.length > 1 || !sawBlock) {
        throw new DatSyntaxError(sawBlock ? "it ends inside brackets" : "there is nothing in it");
      }
    },
  });
}

function newBlock(kind: string): Block {
  return { kind, fields: new Map(), roms: [], key: undefined };
}

function finish(block: Block, parent: Block, sink: DatSink): void {
  if (block.kind === "rom" && GAMES.has(parent.kind)) {
    parent.roms.push(block.fields);
  } else if (GAMES.has(block.kind) && parent.kind === "") {
    const fields = block.kind === "resource" ? block.fields.set("isbios", "yes") : block.fields;
    const game = toDatGame(fields, block.roms);
    if (game !== undefined) {
      sink.onGame(game);
    }
  } else if (HEADERS.has(block.kind)) {
    sink.onHeader({ name: block.fields.get("name") ?? "", version: block.fields.get("version") ?? "" });
  }
}

/** A key may come again (several releases, samples): the first counts. */
function setFirst(fields: Fields, key: string, value: string): void {
  if (!fields.has(key)) {
    fields.set(key, value);
  }
}

/** A bracket, a quoted string, or a word; a backslash in front makes a quote part of the string. Only what has its end is a token. */
const TOKEN = /\s*(?:([()])|"((?:[^"\\]|\\"|\\(?!"))*)"|([^\s()"][^\s()]*)(?=[\s()]))/gy;

/** Cuts text into words, quoted strings and brackets, across the borders of its pieces. */
function createTokenizer(onToken: (token: string, quoted: boolean) => void): {
  write: (text: string) => void;
  end: () => void;
} {
  let rest = "";
  const write = (text: string): void => {
    rest += text;
    let end = 0;
    for (const match of rest.matchAll(TOKEN)) {
      const [all, bracket, quoted, word] = match;
      onToken(quoted?.replaceAll('\\"', '"') ?? bracket ?? word ?? "", quoted !== undefined);
      end = match.index + all.length;
    }
    rest = rest.slice(end).trimStart();
    if (rest.length > MAX_TOKEN_CHARACTERS) {
      throw new DatSyntaxError(`a name longer than ${MAX_TOKEN_CHARACTERS} characters`);
    }
  };
  return {
    write,
    end: () => {
      // Ends the last word.
      write("\n");
      if (rest !== "") {
        throw new DatSyntaxError("it ends inside quotes");
      }
    },
  };
}
