import { statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { createSilentLogger } from "../../../src/logging/index.ts";
import type { BackgroundProcess, ProcessExit } from "../../../src/processes/index.ts";
import { capLog } from "../../../src/supervisor/log-cap.ts";
import { scratchFolder } from "../../helpers/cleanup.ts";
import { eventually } from "../../helpers/eventually.ts";
import { StandingClock } from "../../helpers/netplay-clock.ts";

function createCappedHost() {
  const clock = new StandingClock();
  const logFile = path.join(scratchFolder(), "retroarch.log");
  const signals: string[] = [];
  let end: (exit: ProcessExit) => void = () => undefined;
  const exit = new Promise<ProcessExit>((resolve) => {
    end = resolve;
  });
  const process: BackgroundProcess = { pid: 4711, exit, signal: (name) => signals.push(name) };
  const logger = createSilentLogger();
  const host = capLog(process, logFile, { clock, logger });
  return { host, clock, logFile, signals, end };
}

describe("the cap of a host's log", () => {
  it("empties a log that is larger", async () => {
    const { clock, logFile } = createCappedHost();
    writeFileSync(logFile, Buffer.alloc(5 * 1024 * 1024));
    clock.pass(1000);
    await eventually("the log to be emptied", () => statSync(logFile).size === 0);
  });

  it("does not read the size while the host sleeps, and reads it again when it runs", () => {
    const { host, clock, signals } = createCappedHost();
    expect(clock.pendingTimers).toBe(1);
    host.signal("SIGSTOP");
    expect(clock.pendingTimers).toBe(0);
    host.signal("SIGCONT");
    host.signal("SIGCONT");
    expect(clock.pendingTimers).toBe(1);
    expect(signals).toEqual(["SIGSTOP", "SIGCONT", "SIGCONT"]);
  });

  it("ends with the host, also when it is continued afterwards", async () => {
    const { host, clock, end } = createCappedHost();
    end({ code: 0, signal: null });
    await host.exit;
    await eventually("no timer to be left", () => clock.pendingTimers === 0);
    host.signal("SIGCONT");
    expect(clock.pendingTimers).toBe(0);
  });
});
