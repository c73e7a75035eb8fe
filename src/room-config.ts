import { z } from "zod";
import { foldName, type SessionId } from "./shared/index.ts";

/** RetroArch cuts a password to this length. */
const LONGEST_PASSWORD_BYTES = 127;

/** YAML reads 1234 and 1E23 as numbers, so the message mentions quotes. */
const quotedText = z.string({
  error: ({ input }) =>
    input === undefined ? "expected a text" : "expected a text: put what is written here between quotes",
});

const password = quotedText
  .min(1, "expected a password, or null for none")
  .refine((password) => Buffer.byteLength(password) <= LONGEST_PASSWORD_BYTES, {
    message: `expected at most ${LONGEST_PASSWORD_BYTES} bytes: RetroArch sends no more of a password`,
  })
  .refine((password) => !/\p{Cc}/u.test(password), {
    message: "expected a text without control characters: players have to type it",
  })
  .nullable()
  .default(null);

const keys = z.strictObject({
  name: quotedText
    .min(1)
    .max(64)
    .regex(/^[^\p{Cc}]+$/u, "expected a name without control characters"),
  core: quotedText.min(1),
  game: quotedText.min(1),
  password,
  spectatePassword: password,
  maxClients: z.int().min(1).max(30).optional(),
  keep: z.enum(["always", "on-demand"]).default("on-demand"),
});

/** Whether the passwords can be compared: the schema reports other mistakes first. */
const hasObject = ({ value }: { readonly value: unknown }): boolean =>
  typeof value === "object" && value !== null;

/** One entry of `rooms`. Messages never repeat the text of the file: it may be a password. */
export const room = keys
  .refine((value) => !(typeof value.spectatePassword === "string" && typeof value.password !== "string"), {
    path: ["spectatePassword"],
    message: "expected a password as well: without one everybody may play",
    when: hasObject,
  })
  .refine((value) => typeof value.password !== "string" || value.password !== value.spectatePassword, {
    path: ["spectatePassword"],
    message: "expected another password than the one above: it says who may play",
    when: hasObject,
  });

export type RoomYaml = z.infer<typeof room>;

/** A persistent room, with its defaults filled in. */
export type RoomConfig = RoomYaml & {
  /** Client slots, spectators included. */
  readonly maxClients: number;
};

/** A room of the configuration with its lasting id. */
export interface PersistentRoom extends RoomConfig {
  /** The id of all its sessions. */
  readonly id: SessionId;
}

/** The sections that rooms must agree with. */
interface ConfigContext {
  readonly cores: readonly { readonly name: string }[];
  readonly rooms: readonly RoomConfig[];
  readonly sessions: { readonly max: number };
  readonly netplay: { readonly port: number | null };
}

interface RoomMistake {
  readonly path: (string | number)[];
  readonly message: string;
}

/** Mistakes in the rooms that only show together with other sections. */
export function findRoomMistakes({ cores, rooms, sessions, netplay }: ConfigContext): RoomMistake[] {
  if (rooms.length > 0 && netplay.port === null) {
    return [{ path: ["rooms"], message: "expected netplay.port, the only way to a room; it is null" }];
  }
  const known = new Set(cores.map(({ name }) => foldName(name)));
  const names = rooms.map(({ name }) => foldName(name));
  const always = rooms.flatMap(({ keep }, index) => (keep === "always" ? [index] : []));
  const surplus = always[sessions.max];
  return [
    ...rooms.flatMap(({ core }, index) =>
      known.has(foldName(core))
        ? []
        : [{ path: ["rooms", index, "core"], message: "expected the name of one of the cores above" }],
    ),
    ...names.flatMap((name, index) =>
      names.indexOf(name) === index
        ? []
        : [{ path: ["rooms", index, "name"], message: "expected a name that no other room has" }],
    ),
    ...(surplus === undefined
      ? []
      : [
          {
            path: ["rooms", surplus, "keep"],
            message: `expected on-demand, or a higher sessions.max: ${always.length} rooms are always on, ${sessions.max} sessions may be`,
          },
        ]),
  ];
}
