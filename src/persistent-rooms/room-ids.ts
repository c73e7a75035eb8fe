import { createHmac, randomBytes } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { PersistentRoom, RoomConfig } from "../room-config.ts";
import { hasErrorCode, OperatorError, sessionIdFromBytes, type SessionId } from "../shared/index.ts";

/** Name of the secret's file in the data folder. With the secret the ids of all rooms can be computed from their names. */
const SECRET_FILE = "rooms.secret";

const SECRET_BYTES = 32;
const ID_BYTES = 12;

/**
 * Gives each room its id: the beginning of an HMAC-SHA-256 of its name, with a secret in the data folder. So ids
 * survive restarts and cannot be guessed. A name that is removed and added again gets the same id.
 *
 * @param dataFolder - An existing folder.
 * @throws OperatorError when the secret cannot be read or made.
 */
export function identifyRooms(dataFolder: string, rooms: readonly RoomConfig[]): PersistentRoom[] {
  if (rooms.length === 0) {
    return [];
  }
  const secret = readSecret(path.join(dataFolder, SECRET_FILE));
  return rooms.map((room) => ({ ...room, id: idOf(room.name, secret) }));
}

function idOf(name: string, secret: Buffer): SessionId {
  const digest = createHmac("sha256", secret).update(name.normalize("NFC")).digest();
  const id = sessionIdFromBytes(digest.subarray(0, ID_BYTES));
  if (id === undefined) {
    throw new Error("a session's id has another length than before");
  }
  return id;
}

function readSecret(file: string): Buffer {
  try {
    writeFileSync(file, `${randomBytes(SECRET_BYTES).toString("hex")}\n`, { flag: "wx", mode: 0o600 });
  } catch (error) {
    if (!hasErrorCode(error, "EEXIST")) {
      throw new OperatorError(`${file} cannot be made: the ids of the rooms depend on it.`, { cause: error });
    }
  }
  const secret = Buffer.from(readText(file).trim(), "hex");
  if (secret.length !== SECRET_BYTES) {
    throw new OperatorError(
      `${file} is damaged: put the file back from a backup, or remove it; without it every room gets a new id.`,
    );
  }
  return secret;
}

function readText(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw new OperatorError(`${file} cannot be read: the ids of the rooms depend on it.`, { cause: error });
  }
}
