import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { startBackgroundProcess, type BackgroundProcess } from "../../../src/processes/index.ts";
import { createSilentLogger } from "../../../src/logging/index.ts";
import { systemClock } from "../../../src/shared/index.ts";
import { encodeHostRecord, hostRecordFile } from "../../../src/supervisor/host-record.ts";
import { readStartTicks } from "../../../src/processes/index.ts";
import { endOrphans } from "../../../src/supervisor/orphans.ts";
import { scratchFolder } from "../../helpers/cleanup.ts";
import { eventually } from "../../helpers/eventually.ts";

const parts = { clock: systemClock, logger: createSilentLogger() };

/** A process whose command line ends like a host's: `… -c FILE`. */
async function startLookalike(
  folder: string,
  configFile: string,
  script = "while :; do sleep 60 & wait $!; done",
): Promise<BackgroundProcess> {
  const started = await startBackgroundProcess({
    binary: "sh",
    args: ["-c", script, "-c", configFile],
    env: { PATH: process.env.PATH ?? "" },
    cwd: folder,
    logFile: path.join(folder, "log"),
  });
  if (!started.ok) {
    throw new Error(started.reason);
  }
  onTestFinished(async () => {
    started.value.signal("SIGKILL");
    await started.value.exit;
  });
  return started.value;
}

function sessionFolder(sessionsDir: string): { root: string; configFile: string } {
  const root = path.join(sessionsDir, "00112233445566778899aabb");
  mkdirSync(root, { recursive: true });
  return { root, configFile: path.join(root, "retroarch.cfg") };
}

describe("hosts that a killed netplayd left behind", () => {
  it("are ended, even while they sleep, and their folders removed", async () => {
    const folder = scratchFolder();
    const sessionsDir = path.join(folder, "sessions");
    const { root, configFile } = sessionFolder(sessionsDir);
    const host = await startLookalike(folder, configFile);
    const startTicks = await readStartTicks(host.pid);
    writeFileSync(hostRecordFile(root), encodeHostRecord({ pid: host.pid, startTicks, configFile }));
    host.signal("SIGSTOP");
    expect(await endOrphans(sessionsDir, parts)).toBe(1);
    expect(await host.exit).toMatchObject({ signal: "SIGTERM" });
    expect(existsSync(root)).toBe(false);
  });

  it("are found by their command line when netplayd was killed before it wrote their record", async () => {
    const folder = scratchFolder();
    const sessionsDir = path.join(folder, "sessions");
    const { configFile } = sessionFolder(sessionsDir);
    // Its child has the same command line, and ends with its group.
    const host = await startLookalike(folder, configFile, "(while :; do sleep 1; done) & echo ready; wait");
    await eventually("the fork", () => readFileSync(path.join(folder, "log"), "utf8").includes("ready"));
    expect(await endOrphans(sessionsDir, parts)).toBe(1);
    await host.exit;
  });

  it("are killed when they ignore SIGTERM", async () => {
    const folder = scratchFolder();
    const sessionsDir = path.join(folder, "sessions");
    const { root, configFile } = sessionFolder(sessionsDir);
    const host = await startLookalike(
      folder,
      configFile,
      "trap '' TERM; echo ready; while :; do sleep 1; done",
    );
    await eventually("the trap to be set", () =>
      readFileSync(path.join(folder, "log"), "utf8").includes("ready"),
    );
    const startTicks = await readStartTicks(host.pid);
    writeFileSync(hostRecordFile(root), encodeHostRecord({ pid: host.pid, startTicks, configFile }));
    expect(await endOrphans(sessionsDir, parts)).toBe(1);
    expect(await host.exit).toMatchObject({ signal: "SIGKILL" });
  });

  it("do not include a stranger that has the pid by now", async () => {
    const folder = scratchFolder();
    const sessionsDir = path.join(folder, "sessions");
    const { root, configFile } = sessionFolder(sessionsDir);
    const stranger = await startLookalike(folder, "/elsewhere/retroarch.cfg");
    const startTicks = await readStartTicks(stranger.pid);
    writeFileSync(hostRecordFile(root), encodeHostRecord({ pid: stranger.pid, startTicks, configFile }));
    expect(await endOrphans(sessionsDir, parts)).toBe(0);
    expect(await readStartTicks(stranger.pid)).toBe(startTicks);
    expect(existsSync(root)).toBe(false);
  });

  it("do not include a process that started at another time", async () => {
    const folder = scratchFolder();
    const sessionsDir = path.join(folder, "sessions");
    const { root, configFile } = sessionFolder(sessionsDir);
    const later = await startLookalike(folder, configFile);
    writeFileSync(hostRecordFile(root), encodeHostRecord({ pid: later.pid, startTicks: "1", configFile }));
    expect(await endOrphans(sessionsDir, parts)).toBe(0);
    expect(await readStartTicks(later.pid)).not.toBe("");
  });

  it("are none where netplayd has never run", async () => {
    expect(await endOrphans(path.join(scratchFolder(), "none"), parts)).toBe(0);
  });
});
