import { SaxesParser } from "saxes";
import { describeError } from "../../../shared/index.ts";
import { decodeText } from "./decode-text.ts";
import { DatSyntaxError, MAX_TOKEN_CHARACTERS, toDatGame, type DatParser, type DatSink } from "./dat-game.ts";

type Fields = Map<string, string>;

/** http://www.logiqx.com/Dats/datafile.dtd, and what MAME writes with -listxml. */
const GAMES = new Set(["game", "machine", "software"]);

interface State {
  /** Text of the element that is open, when it is wanted. */
  text: string | undefined;
  header: Fields | undefined;
  game: Fields | undefined;
  roms: Fields[];
  sawRoot: boolean;
  /** Characters since the last tag. */
  silence: number;
}

const NOTHING_YET = { text: undefined, header: undefined, game: undefined, sawRoot: false, silence: 0 };

/**
 * Logiqx XML: No-Intro, Redump, FBNeo, MAME. A DTD is skipped, never fetched. Entities that a file
 * defines are an error: a file can neither include others nor multiply its own text.
 */
export function createLogiqxParser(sink: DatSink): DatParser {
  const state: State = { ...NOTHING_YET, roms: [] };
  const parser = new SaxesParser({ xmlns: false, position: true });
  parser.on("error", (error) => {
    throw new DatSyntaxError(`line ${parser.line}: ${describeError(error).replace(/^[\d:]+\s*/, "")}`);
  });
  parser.on("opentag", ({ name, attributes }) => {
    open(state, name.toLowerCase(), attributes);
  });
  parser.on("closetag", ({ name }) => {
    close(state, name.toLowerCase(), sink);
  });
  const addText = (text: string): void => {
    if (state.text !== undefined) {
      state.text += text;
    }
  };
  parser.on("text", addText);
  parser.on("cdata", addText);
  return decodeText({
    write: (text) => {
      state.silence += text.length;
      parser.write(text);
      if (state.silence > MAX_TOKEN_CHARACTERS) {
        throw new DatSyntaxError(
          `line ${parser.line}: more than ${MAX_TOKEN_CHARACTERS} characters without a tag`,
        );
      }
    },
    end: () => {
      parser.close();
      if (!state.sawRoot) {
        throw new DatSyntaxError("there is nothing in it");
      }
    },
  });
}

function open(state: State, name: string, attributes: Record<string, string>): void {
  state.silence = 0;
  state.sawRoot = true;
  state.text = undefined;
  if (GAMES.has(name)) {
    state.game = fieldsOf(attributes);
    state.roms = [];
  } else if (state.game !== undefined) {
    openInGame(state, state.game, name, attributes);
  } else if (name === "header") {
    state.header = new Map();
  } else if (state.header !== undefined) {
    state.text = "";
  } else if (name === "mame") {
    state.header = new Map([
      ["name", "MAME"],
      ["version", attributes.build ?? ""],
    ]);
  }
}

function openInGame(state: State, game: Fields, name: string, attributes: Record<string, string>): void {
  if (name === "rom") {
    state.roms.push(fieldsOf(attributes));
  } else if (name === "description") {
    state.text = "";
  } else if (name === "release" && attributes.region !== undefined && !game.has("region")) {
    game.set("region", attributes.region);
  }
}

function close(state: State, name: string, sink: DatSink): void {
  state.silence = 0;
  if (GAMES.has(name) && state.game !== undefined) {
    const game = toDatGame(state.game, state.roms);
    state.game = undefined;
    if (game !== undefined) {
      sink.onGame(game);
    }
  } else if (state.text !== undefined) {
    (state.game ?? state.header)?.set(name, state.text.trim());
  } else if (name === "header" && state.header !== undefined) {
    sink.onHeader({ name: state.header.get("name") ?? "", version: state.header.get("version") ?? "" });
    state.header = undefined;
  }
  state.text = undefined;
}

/** Plain copies: a substring of the chunk would keep the whole chunk in memory. */
function fieldsOf(attributes: Record<string, string>): Fields {
  return new Map(Object.entries(attributes));
}
