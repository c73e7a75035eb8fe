/** The parts of a core's `.info` file that netplayd uses. */
export interface CoreInfo {
  /** The name by which RetroArch's room list finds an installed core; usually the core's `library_name`. */
  readonly coreName: string | undefined;
  /** Lower-case, without the dot. */
  readonly supportedExtensions: readonly string[];
  /** `basic`, `serialized` or `deterministic`; undefined when the file does not say. */
  readonly savestateFeatures: string | undefined;
  readonly savestate: boolean | undefined;
  /** True when the core opens the file itself: RetroArch hands it a path, not the bytes. Many files do not say. */
  readonly needsFullPath: boolean | undefined;
  /** BIOS files that the core looks for, relative to the system folder. */
  readonly firmware: readonly { readonly path: string; readonly optional: boolean }[];
}

/** Reads the text of an `.info` file. Lines that are no `key = "value"` are skipped, as RetroArch does. */
export function parseCoreInfo(text: string): CoreInfo {
  const values = new Map<string, string>();
  for (const line of text.split(/\r?\n/)) {
    const [, key, quoted, bare] = /^\s*([A-Za-z0-9_]+)\s*=\s*(?:"([^"]*)"|(\S+))/.exec(line) ?? [];
    if (key !== undefined) {
      values.set(key, quoted ?? bare ?? "");
    }
  }
  const booleanOf = (key: string): boolean | undefined =>
    values.has(key) ? values.get(key) === "true" : undefined;
  return {
    coreName: values.get("corename"),
    supportedExtensions: (values.get("supported_extensions") ?? "").toLowerCase().split("|").filter(Boolean),
    savestateFeatures: values.get("savestate_features"),
    savestate: booleanOf("savestate"),
    needsFullPath: booleanOf("needs_fullpath"),
    firmware: firmwareOf(values),
  };
}

/**
 * RetroArch's own check (1.10.3 and newer): it hosts a core whose info file says `deterministic`, or says nothing about
 * savestates. It hosts no core without an info file (run on 1.14).
 */
export function allowsNetplay(info: CoreInfo | undefined): boolean {
  return (
    info !== undefined &&
    info.savestate !== false &&
    (info.savestateFeatures ?? "deterministic") === "deterministic"
  );
}

/**
 * The same info file changed so that the check allows netplay, for a core with `netplay: allow`.
 *
 * @param text - Empty where there is no info file.
 */
export function withNetplayAllowed(text: string): string {
  const kept = text.split(/\r?\n/).filter((line) => !/^\s*savestate(_features)?\s*=/.test(line));
  return [...kept, 'savestate = "true"', 'savestate_features = "deterministic"', ""].join("\n");
}

const LIBRETRO_SUFFIX = "_libretro";

/**
 * The name under which RetroArch looks for a core library's info file: `nestopia_libretro.so` → `nestopia_libretro.info`. The part
 * behind the last underscore is cut off unless it is `_libretro` (on some systems it is the platform): `nestopia_libretro_1.53.so` →
 * `nestopia_libretro.info`.
 */
export function infoFileName(libraryFile: string): string {
  const stem = libraryFile.slice(libraryFile.lastIndexOf("/") + 1).replace(/\.[^.]*$/, "");
  const underscore = stem.lastIndexOf("_");
  const id = underscore <= 0 || stem.slice(underscore) === LIBRETRO_SUFFIX ? stem : stem.slice(0, underscore);
  return `${id}.info`;
}

/**
 * The info file for a core library that has none of its own name: the one with the longest name that the library's name
 * begins with, as in `nestopia-1.53_libretro.so` → `nestopia_libretro.info`. For several builds of one core in a folder.
 */
export function chooseInfoFile(libraryFile: string, infoFiles: readonly string[]): string | undefined {
  const own = infoFileName(libraryFile);
  if (infoFiles.includes(own)) {
    return own;
  }
  const name = libraryFile.slice(libraryFile.lastIndexOf("/") + 1).toLowerCase();
  return infoFiles
    .filter((file) => {
      const core = coreOf(file);
      return core !== "" && name.startsWith(core) && !/^[a-z0-9]/.test(name.slice(core.length));
    })
    .reduce<string | undefined>(
      (best, file) => (best === undefined || coreOf(file).length > coreOf(best).length ? file : best),
      undefined,
    );
}

/** `nestopia_libretro.info` → `nestopia`. */
function coreOf(infoFile: string): string {
  return infoFile.endsWith(`${LIBRETRO_SUFFIX}.info`)
    ? infoFile.slice(0, -`${LIBRETRO_SUFFIX}.info`.length).toLowerCase()
    : "";
}

function firmwareOf(values: ReadonlyMap<string, string>): { path: string; optional: boolean }[] {
  const count = Number(values.get("firmware_count") ?? 0);
  return Array.from({ length: Math.min(count, 64) || 0 }, (_, index) => ({
    path: values.get(`firmware${index}_path`) ?? "",
    optional: values.get(`firmware${index}_opt`) === "true",
  })).filter(({ path }) => path !== "");
}
