import { readdirSync } from "node:fs";
import { homedir } from "node:os";
import path from "node:path";
import { isNode, LineCounter, parseDocument, type Document } from "yaml";
import { z } from "zod";
import { DEFAULT_NETPLAY_PORT } from "./netplay/index.ts";
import { findRoomMistakes, room, type RoomConfig, type RoomYaml } from "./room-config.ts";
import { describeError, fail, ok, type Result } from "./shared/index.ts";

/** Debian's folder for core libraries on this kind of machine. */
const debianCoresDir = `/usr/lib/${process.arch === "arm64" ? "aarch64" : "x86_64"}-linux-gnu/libretro`;

/** RetroArch's own configuration files cannot hold a quote or a line break. */
const retroarchPath = z
  .string()
  .min(1)
  .regex(/^[^"\r\n]+$/, "expected a path without quotes and line breaks");

/** The UDP port for launchers' requests. */
export const DEFAULT_CONTROL_PORT = 55436;

const port = z.int().min(1).max(65535);

const portRange = z
  .string()
  .regex(/^\d+-\d+$/, "expected a range of ports such as 55500-55599")
  .transform((text, context) => {
    const [first = 0, last = 0] = text.split("-").map(Number);
    if (first < 1 || last > 65535 || first > last) {
      context.addIssue(`expected two ports from 1 to 65535, the lower first; received ${text}`);
    }
    return { first, last };
  });

const sessions = z.strictObject({
  host: z.string().min(1).default("::"),
  ports: portRange.prefault("55500-55599"),
  max: z.int().min(1).max(10_000).default(16),
  idleSeconds: z.number().positive().max(86_400).default(30),
  startSeconds: z.number().positive().max(600).default(10),
  maxClients: z.int().min(1).max(30).default(8),
  perAddress: z.int().min(1).max(10_000).nullable().default(null),
  unjoinedPerAddress: z.int().min(1).max(10_000).default(4),
  clientsPerAddress: z.int().min(1).max(30).default(6),
  freeze: z.boolean().default(true),
});

const netplay = z.strictObject({
  host: z.string().min(1).default("::"),
  port: port.nullable().default(DEFAULT_NETPLAY_PORT),
  rooms: z.enum(["public", "password"]).default("public"),
});

const relay = z.strictObject({
  enabled: z.boolean().default(true),
  maxRooms: z.int().min(1).max(100_000).default(128),
  maxClients: z.int().min(1).max(30).default(8),
  idleSeconds: z.number().min(10).max(86_400).default(120),
});

const limits = z.strictObject({
  memoryMiB: z.int().min(64).max(1_048_576).default(256),
});

const optionText = z.string().regex(/^[^"\r\n]*$/, "expected a text without quotes and line breaks");

const LIBRARY_OR_LIBRARIES = "expected library: FILE or libraries: FOLDER, exactly one of them";

const coreKeys = z.strictObject({
  name: z.string().min(1).max(255),
  library: retroarchPath.optional(),
  libraries: retroarchPath.optional(),
  versionPolicy: z.enum(["exact", "same-state-size", "any"]).default("same-state-size"),
  content: z.array(z.string().min(1)).default([]),
  versions: z.array(z.string().min(1)).min(1).default(["*"]),
  match: z.enum(["crc", "name"]).default("crc"),
  netplay: z.enum(["info", "allow"]).default("info"),
  players: z.int().min(1).max(16).default(2),
  options: z.record(optionText, z.union([optionText, z.number(), z.boolean()]).transform(String)).default({}),
});

// Checked also when other keys are wrong, so that all mistakes are reported at once.
const core = coreKeys.refine(
  ({ library, libraries }) => (library === undefined) !== (libraries === undefined),
  {
    path: ["library"],
    message: LIBRARY_OR_LIBRARIES,
    when: ({ value }) => typeof value === "object" && value !== null,
  },
);

const schema = z.strictObject({
  data: retroarchPath.default("./data"),
  control: z
    .strictObject({ host: z.string().min(1).default("0.0.0.0"), port: port.default(DEFAULT_CONTROL_PORT) })
    .prefault({}),
  netplay: netplay.prefault({}),
  relay: relay.prefault({}),
  sessions: sessions.prefault({}),
  limits: limits.prefault({}),
  retroarch: z
    .strictObject({
      binary: z.string().min(1).default("retroarch"),
      cores: retroarchPath.default(debianCoresDir),
      info: z.string().min(1).default("/usr/share/libretro/info"),
      system: retroarchPath.nullable().default(null),
    })
    .prefault({}),
  cores: z.array(core).min(1, "expected at least one core"),
  rooms: z.array(room).default([]),
});

type ConfigFile = z.infer<typeof schema>;
type CoreKeys = z.infer<typeof coreKeys>;

/** The configuration file with its defaults filled in and every path absolute. Times are in the unit their name ends with. */
export type Config = Omit<ConfigFile, "cores" | "rooms"> & {
  readonly cores: CoreConfig[];
  readonly rooms: RoomConfig[];
};

/** One entry of `cores`: a core in one build or several, and how it is hosted. */
export type CoreConfig = Omit<CoreKeys, "library" | "libraries"> & {
  /** The build that hosts; the first one, unless another was chosen. */
  readonly library: string;
  /** All builds, at least one: that of `library`, or all `.so` files of the folder in `libraries`, by name. */
  readonly libraries: readonly string[];
};

/** Name of the catalog inside the data folder. */
export const CATALOG_FILE = "catalog.sqlite";

/** One mistake in the file; line and column count from 1. */
export interface ConfigMistake {
  /** Where in the file, e.g. `cores[0].players`; empty for the file as a whole. */
  readonly key: string;
  readonly line: number;
  readonly column: number;
  /** The expected value. */
  readonly message: string;
}

/**
 * Reads the text of a configuration file.
 *
 * @param text - YAML 1.2.
 * @param baseDir - The file's folder: relative paths in the file start there.
 * @returns The configuration, or every mistake of the file at once.
 */
export function parseConfig(text: string, baseDir: string): Result<Config, ConfigMistake[]> {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  if (document.errors.length > 0) {
    return fail(
      document.errors.map((error) => {
        const { line, col } = lines.linePos(error.pos[0]);
        return { key: "", line, column: col, message: error.message };
      }),
    );
  }
  let content: unknown;
  try {
    content = document.toJS() ?? {};
  } catch (error) {
    const message = `${describeError(error)}: put a value that begins with * between quotes`;
    return fail([{ key: "", line: 1, column: 1, message }]);
  }
  const parsed = schema.safeParse(content);
  if (!parsed.success) {
    return fail(parsed.error.issues.flatMap((issue) => describeIssue(issue, document, lines)));
  }
  const config = complete(parsed.data, baseDir);
  const found = [
    ...config.cores.flatMap(({ libraries }, index) =>
      libraries.length > 0 ? [] : [{ path: ["cores", index, "libraries"], message: NO_LIBRARIES }],
    ),
    ...findRoomMistakes(config),
  ];
  const mistakes = found.map(({ path: keys, message }) => locate(keys, message, document, lines));
  return mistakes.length > 0 ? fail(mistakes) : ok(config);
}

/** All mistakes as text for the operator, one a line. */
export function formatMistakes(file: string, mistakes: readonly ConfigMistake[]): string {
  return mistakes
    .map(
      ({ line, column, key, message }) =>
        `${file}:${line}:${column}: ${key === "" ? "" : `${key}: `}${message}`,
    )
    .join("\n");
}

function describeIssue(issue: z.core.$ZodIssue, document: Document, lines: LineCounter): ConfigMistake[] {
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => {
      const known = Object.keys(shapeAt(issue.path)).join(", ");
      return locate([...issue.path, key], `unknown key; known here: ${known}`, document, lines);
    });
  }
  return [locate(issue.path, issue.message, document, lines)];
}

/** The keys that the schema knows in the object at this path. */
function shapeAt(keys: readonly PropertyKey[]): object {
  if (keys.length === 0) {
    return schema.shape;
  }
  const section = {
    control: schema.shape.control,
    netplay,
    relay,
    sessions,
    limits,
    retroarch: schema.shape.retroarch,
    cores: core,
    rooms: room,
  };
  const found = section[keys[0] as keyof typeof section];
  return "shape" in found ? found.shape : found.unwrap().shape;
}

function locate(
  keys: readonly PropertyKey[],
  message: string,
  document: Document,
  lines: LineCounter,
): ConfigMistake {
  const { line, col } = lines.linePos(startOf(keys, document));
  const key = keys.map((part) => (typeof part === "number" ? `[${part}]` : `.${String(part)}`)).join("");
  return { key: key.replace(/^\./, ""), line, column: col, message };
}

/** Offset of the value at this path, or of the nearest thing around it when the value is missing. */
function startOf(keys: readonly PropertyKey[], document: Document): number {
  for (let length = keys.length; length >= 0; length--) {
    const node = length === 0 ? document.contents : document.getIn(keys.slice(0, length), true);
    if (isNode(node) && node.range) {
      return node.range[0];
    }
  }
  return 0;
}

const NO_LIBRARIES = "expected a folder that can be read and holds core libraries (.so)";

/** The builds of a core, in the order of their names. */
function findLibraries({ library, libraries }: CoreKeys, coresDir: string): string[] {
  if (library !== undefined) {
    return [path.resolve(coresDir, expandHome(library))];
  }
  const folder = path.resolve(coresDir, expandHome(libraries ?? ""));
  const order = new Intl.Collator("en", { numeric: true });
  try {
    return readdirSync(folder)
      .filter((name) => name.endsWith(".so"))
      .sort(order.compare)
      .map((name) => path.join(folder, name));
  } catch {
    return [];
  }
}

function expandHome(file: string): string {
  return file.startsWith("~/") ? path.join(homedir(), file.slice(2)) : file;
}

/** Absolute paths, and the defaults that depend on other keys. */
function complete(config: ConfigFile, baseDir: string): Config {
  const absolute = (file: string): string => path.resolve(baseDir, expandHome(file));
  const { retroarch } = config;
  const cores = absolute(retroarch.cores);
  return {
    ...config,
    data: absolute(config.data),
    retroarch: {
      // A bare program name is looked up in PATH; anything with a slash is a file.
      binary: retroarch.binary.includes("/") ? absolute(retroarch.binary) : retroarch.binary,
      cores,
      info: absolute(retroarch.info),
      system: retroarch.system === null ? null : absolute(retroarch.system),
    },
    cores: config.cores.map((entry) => {
      const libraries = findLibraries(entry, cores);
      return { ...entry, libraries, library: libraries[0] ?? "", content: entry.content.map(absolute) };
    }),
    rooms: config.rooms.map((entry: RoomYaml) => ({
      ...entry,
      maxClients: entry.maxClients ?? config.sessions.maxClients,
    })),
  };
}
