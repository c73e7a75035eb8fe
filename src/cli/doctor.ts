import path from "node:path";
import type { Command } from "commander";
import { createAdminClient, SOCKET_NAME } from "../admin/index.ts";
import { contentArgument, openCatalog, type ListedEntry } from "../catalog/index.ts";
import { CATALOG_FILE, type Config, type CoreConfig } from "../config.ts";
import {
  checkContents,
  checkCore,
  checkData,
  checkOpenFiles,
  checkPorts,
  failed,
  good,
  warning,
  type Finding,
} from "../doctor/index.ts";
import { endOldTrials, openCoreBuilds, tryHosting } from "../app/index.ts";
import { tryToListen } from "../gateway/index.ts";
import { adviceFor, findRoomGame } from "../persistent-rooms/index.ts";
import { detectRetroArch } from "../installation/index.ts";
import { canHost, type RetroArchVersion } from "../retroarch/index.ts";
import { createSilentLogger } from "../logging/index.ts";
import { foldName, printable, systemClock, type Result } from "../shared/index.ts";
import { CommandFailure, exitCodes } from "./exit-codes.ts";
import { abortOnSignal } from "./interrupt.ts";
import { loadConfig } from "./load-config.ts";
import { printJson, say } from "./output.ts";

interface DoctorOptions {
  readonly config?: string;
  readonly json?: true;
}

const marks = { ok: "ok     ", warning: "warning", failed: "FAILED " };

export function addDoctorCommand(program: Command): void {
  program
    .command("doctor")
    .summary("check everything that hosting needs")
    .description(
      "Checks everything that can keep a game from being hosted, starts a real host for every core that has a game, and says what to change.",
    )
    .option("--config <file>", "configuration (default: cores.yaml)")
    .option("--json", "print JSON")
    .addHelpText(
      "after",
      "\nExit codes: 0 games can be hosted, 1 something has to be changed, 2 wrong configuration.",
    )
    .action(async ({ config: file, json }: DoctorOptions) => {
      const findings = await examine(loadConfig(file), abortOnSignal(), (finding) => {
        if (!json) {
          say(`${marks[finding.status]}  ${printable(finding.subject)}: ${printable(finding.message)}`);
        }
      });
      if (json) {
        printJson(findings);
      }
      if (findings.some(({ status }) => status === "failed")) {
        throw new CommandFailure(exitCodes.failed, "Not everything can be hosted.");
      }
    });
}

async function examine(
  config: Config,
  signal: AbortSignal,
  tell: (finding: Finding) => void,
): Promise<Finding[]> {
  const findings: Finding[] = [];
  const add = (...found: Finding[]): void => {
    findings.push(...found);
    found.forEach(tell);
  };
  const retroarch = await detectRetroArch(config.retroarch.binary);
  add(judgeRetroArch(config, retroarch), checkOpenFiles(config));
  for (const core of config.cores) {
    for (const library of core.libraries) {
      add(...(await checkCore({ ...core, library }, config.retroarch)));
    }
  }
  const data = await checkData(config.data);
  add(checkOpenFiles(config));
  const admin = await createAdminClient(path.join(config.data, SOCKET_NAME)).sessions();
  add(data, ...(await checkPorts(config, admin.ok ? admin.value.length : undefined, tryToListen)));
  if (data.status === "ok") {
    const entries = listGames(config);
    add(
      typeof entries === "string"
        ? failed("catalog", entries)
        : await checkContents(entries.map((e) => e.path)),
      ...judgeRooms(config),
    );
    if (typeof entries !== "string" && retroarch.ok) {
      await endOldTrials(config.data, { clock: systemClock, logger: createSilentLogger() });
      const trials = [];
      for (const core of config.cores) {
        trials.push(await tryCore(config, core, entries, { retroarch: retroarch.value, signal }));
      }
      add(...trials, ...judgeTrials(trials), ...(await learnBuilds(config, retroarch.value, signal)));
    }
  }
  return findings;
}

function judgeRetroArch(config: Config, found: Result<RetroArchVersion, string>): Finding {
  if (!found.ok) {
    return failed("RetroArch", found.reason);
  }
  const { text } = found.value;
  return canHost(found.value)
    ? good("RetroArch", `${config.retroarch.binary}, version ${text}`)
    : failed("RetroArch", `version ${text} cannot host for netplayd: install 1.10 or newer.`);
}

/** The games whose files the last scan found, or why the catalog cannot be read. */
function listGames(config: Config): ListedEntry[] | string {
  const opened = openCatalog(path.join(config.data, CATALOG_FILE));
  if (!opened.ok) {
    return opened.reason.message;
  }
  const entries = opened.value.list({ missing: false });
  opened.value.close();
  return entries;
}

/** Whether the catalog has the games of the operator's rooms. */
function judgeRooms(config: Config): Finding[] {
  const opened = openCatalog(path.join(config.data, CATALOG_FILE));
  if (!opened.ok) {
    return [];
  }
  const catalog = opened.value;
  const findings = config.rooms.map((room) => {
    const found = findRoomGame(room, "", (wanted) => catalog.find(wanted, config.cores));
    return found.ok
      ? good(`room ${room.name}`, found.value.entry.name)
      : failed(`room ${room.name}`, `${room.game} cannot be hosted: ${adviceFor(found.reason)}.`);
  });
  catalog.close();
  return findings;
}

/** Hosts a game of this core for a moment. */
async function tryCore(
  config: Config,
  core: CoreConfig,
  entries: readonly ListedEntry[],
  parts: { readonly retroarch: RetroArchVersion; readonly signal: AbortSignal },
): Promise<Finding> {
  const subject = `hosting with ${core.name}`;
  const entry = promising(entries.filter(({ core: name }) => foldName(name) === foldName(core.name)));
  if (entry === undefined) {
    return warning(subject, "not tried: the catalog has no game for it.");
  }
  const game = { name: entry.name, core, content: contentArgument(entry), crc: entry.crc };
  const tried = await tryHosting(config, game, { clock: systemClock, ...parts });
  if (!tried.ok) {
    return failed(subject, `${entry.name} cannot be hosted: ${tried.reason}`);
  }
  const { startMs, info } = tried.value;
  return info.crc === entry.crc || core.match === "name"
    ? good(subject, `${entry.name} was up after ${Math.round(startMs)} ms, without a session bus`)
    : failed(subject, `${entry.name} announces another CRC than the catalog has: scan its folder again.`);
}

/** Nothing is proved unless one game was up. */
function judgeTrials(trials: readonly Finding[]): Finding[] {
  return trials.some(({ status }) => status !== "warning")
    ? []
    : [
        failed(
          "hosting",
          "was not tried: the games of the catalog belong to none of the configured cores; scan them again, or correct the cores' names.",
        ),
      ];
}

/** Lets every build host that is not known yet, and tells what is known of all. */
async function learnBuilds(
  config: Config,
  retroarch: RetroArchVersion,
  signal: AbortSignal,
): Promise<Finding[]> {
  const opened = openCatalog(path.join(config.data, CATALOG_FILE));
  if (!opened.ok) {
    return [];
  }
  const logger = createSilentLogger();
  const builds = openCoreBuilds(opened.value, { config, clock: systemClock, logger, retroarch });
  await builds.learn(signal);
  opened.value.close();
  return builds.rows().map(({ core, library, outcome }) => {
    const subject = `build ${path.basename(library)}`;
    if (outcome === undefined) {
      return warning(subject, `not tried: the catalog has no game for ${core}.`);
    }
    return outcome.netplay
      ? good(subject, `${core} ${outcome.version}, savestates of ${outcome.stateSizeBytes} bytes`)
      : warning(subject, `does not host: ${outcome.reason}`);
  });
}

/** A broken game would say nothing about the core. */
function promising(entries: readonly ListedEntry[]): ListedEntry | undefined {
  const states = ["verified", "unverified", "broken"];
  return [...entries].sort((a, b) => states.indexOf(a.state) - states.indexOf(b.state))[0];
}
