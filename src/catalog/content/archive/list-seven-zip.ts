import { crc32 } from "node:zlib";
import { streamProgram } from "../../../processes/index.ts";
import { fail, ok, parseCrc32, toCrc32, type Result } from "../../../shared/index.ts";
import {
  isUnsafeMemberName,
  MAX_MEMBERS,
  TOO_MANY_MEMBERS,
  type ArchiveListing,
  type ArchiveMember,
} from "./zip-directory.ts";

/** Under these names distributions install 7-Zip and its predecessor. */
const SEVEN_ZIP_PROGRAMS = ["7zz", "7z", "7za", "7zr"];

const MAX_LISTING_BYTES = 64 * 1024 * 1024;
const LISTING_TIMEOUT_MS = 60_000;

/** No program reads .7z archives. A scan reports it once, not once for each archive. */
export const NO_SEVEN_ZIP =
  "no program reads .7z archives: install 7-Zip (for example: apt-get install 7zip)";

/** 7-Zip was killed by Ctrl-C or by the timeout: the archive may be intact. */
export const LISTING_CUT_OFF = "7-Zip did not finish listing it: scan again";

/** The line for archives that could not be listed because no program for them is installed; none for a count of 0. */
export function describeUnlisted(count: number, what: string): { path: string; reason: string }[] {
  return count === 0
    ? []
    : [{ path: count === 1 ? `one ${what}` : `${count} ${what}s`, reason: NO_SEVEN_ZIP }];
}

/**
 * Runs 7-Zip under the first of its names that is installed.
 *
 * @param run - Answers undefined when there is no such program.
 * @returns What `run` answered; undefined when no program is installed.
 */
export async function withSevenZip<T>(
  run: (program: string) => Promise<T | undefined>,
  programs: readonly string[] = SEVEN_ZIP_PROGRAMS,
): Promise<T | undefined> {
  for (const program of programs) {
    const found = await run(program);
    if (found !== undefined) {
      return found;
    }
  }
  return undefined;
}

/**
 * Lists a .7z from its headers, by the installed 7-Zip; nothing is unpacked.
 *
 * @param programs - Tried in this order.
 */
export async function listSevenZip(
  file: string,
  programs?: readonly string[],
): Promise<Result<ArchiveListing, string>> {
  const listed = await withSevenZip((program) => list(program, file), programs);
  if (listed?.ok !== true) {
    return listed ?? fail(NO_SEVEN_ZIP);
  }
  const listing = parseListing(listed.value);
  const count = listing.members.length + listing.problems.length;
  return count > MAX_MEMBERS ? fail(TOO_MANY_MEMBERS) : ok(listing);
}

async function list(program: string, file: string): Promise<Result<string, string> | undefined> {
  // -spd: no wildcards in the name; -p: an empty password instead of a question.
  const args = ["l", "-slt", "-ba", "-sccUTF-8", "-spd", "-p", "--", file];
  const chunks: Buffer[] = [];
  let lengthBytes = 0;
  const onOutput = (chunk: Buffer): boolean => {
    chunks.push(chunk);
    lengthBytes += chunk.length;
    return lengthBytes <= MAX_LISTING_BYTES;
  };
  const ended = await streamProgram(program, args, { timeoutMs: LISTING_TIMEOUT_MS, onOutput });
  if (!ended.ok) {
    return undefined;
  }
  if (lengthBytes > MAX_LISTING_BYTES) {
    return fail(TOO_MANY_MEMBERS);
  }
  const { exitCode, stderr } = ended.value;
  const listing = Buffer.concat(chunks).toString();
  switch (exitCode) {
    case 0:
      return ok(listing);
    case null:
      return fail(LISTING_CUT_OFF);
    default:
      return fail(`not a usable 7z: ${describeFailure(`${listing}\n${stderr}`)}`);
  }
}

function describeFailure(output: string): string {
  if (/wrong password|encrypted/i.test(output)) {
    return "its list of members is encrypted";
  }
  const line = output.split("\n").find((text) => /error|can ?not|unexpected/i.test(text));
  return line?.replace(/^.*ERROR\s*[:=]\s*/i, "").trim() ?? "its headers cannot be read";
}

/** The listing is one block of `Key = value` lines for each member, divided by empty lines. */
export function parseListing(text: string): ArchiveListing {
  const members: ArchiveMember[] = [];
  const problems: string[] = [];
  for (const block of text.split(/\r?\n\r?\n/)) {
    const fields = new Map(block.split(/\r?\n/).map(splitField));
    const name = fields.get("Path");
    const isFolder = fields.get("Folder") === "+" || fields.get("Attributes")?.startsWith("D") === true;
    if (name === undefined || isFolder) {
      continue;
    }
    const member = toMember(name, fields);
    if (typeof member === "string") {
      problems.push(`member ${name}: ${member}`);
    } else {
      members.push(member);
    }
  }
  return { members, problems };
}

function splitField(line: string): [string, string] {
  const at = line.indexOf(" = ");
  return at === -1 ? [line.replace(/ =$/, ""), ""] : [line.slice(0, at), line.slice(at + 3)];
}

function toMember(name: string, fields: ReadonlyMap<string, string>): ArchiveMember | string {
  if (isUnsafeMemberName(name)) {
    return "its name leads out of the archive";
  }
  if (fields.get("Encrypted") === "+") {
    return "it is encrypted";
  }
  const sizeBytes = Number(fields.get("Size") ?? Number.NaN);
  const crc = sizeBytes === 0 ? toCrc32(crc32("")) : parseCrc32(fields.get("CRC") ?? "");
  if (!Number.isSafeInteger(sizeBytes) || crc === undefined) {
    return "the archive does not say its size and CRC";
  }
  return { name, sizeBytes, crc };
}
