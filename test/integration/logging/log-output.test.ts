import { execFileSync } from "node:child_process";
import { closeSync, constants, openSync, readSync } from "node:fs";
import path from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { LogOutput } from "../../../src/logging/log-output.ts";
import { systemClock } from "../../../src/shared/index.ts";
import { scratchFolder } from "../../helpers/cleanup.ts";
import { eventually } from "../../helpers/eventually.ts";

const MAX_WAITING_BYTES = 1024 * 1024;

const open: number[] = [];

afterEach(() => {
  open.splice(0).forEach((fd) => {
    closeSync(fd);
  });
});

function opened(file: string, flags: number): number {
  const fd = openSync(file, flags);
  open.push(fd);
  return fd;
}

/** A pipe for the log, with both of its ends. */
function createPipe(): { readonly writing: number; readonly reading: number } {
  const file = path.join(scratchFolder(), "pipe");
  execFileSync("mkfifo", [file]);
  const reading = opened(file, constants.O_RDONLY | constants.O_NONBLOCK);
  return { reading, writing: opened(file, constants.O_WRONLY | constants.O_NONBLOCK) };
}

/** The current content of the pipe. */
function drain(fd: number): string {
  const buffer = Buffer.alloc(1 << 20);
  let bytes = 0;
  try {
    for (let read = -1; read !== 0; bytes += read) {
      read = readSync(fd, buffer, bytes, buffer.length - bytes, null);
    }
  } catch {
    // It is empty.
  }
  return buffer.toString("utf8", 0, bytes);
}

function numbered(count: number, line = "x".repeat(1000)): string[] {
  return Array.from({ length: count }, (_, index) => `${index} ${line}\n`);
}

describe("the output of a log", () => {
  it("writes lines in their order", async () => {
    const { writing, reading } = createPipe();
    const output = new LogOutput(writing, systemClock, () => undefined);
    numbered(3, "line").forEach((line) => {
      output.write(line);
    });
    expect(await eventually("the lines", () => drain(reading) || undefined)).toBe("0 line\n1 line\n2 line\n");
  });

  it("does not wait while the log is not read, keeps a bounded number of lines, and says how many were lost", async () => {
    const { writing, reading } = createPipe();
    const dropped: number[] = [];
    const output = new LogOutput(writing, systemClock, (lines) => dropped.push(lines));
    const startedMs = performance.now();
    const lines = numbered(5000);
    lines.forEach((line) => {
      output.write(line);
    });
    expect(performance.now() - startedMs).toBeLessThan(500);
    let taken = "";
    await eventually("all that was kept", () => {
      taken += drain(reading);
      return dropped.length > 0 && taken.length > MAX_WAITING_BYTES - 2_000 && taken.endsWith("\n");
    });
    const kept = taken.split("\n").length - 1;
    expect(taken === lines.slice(0, kept).join("")).toBe(true);
    expect(dropped).toEqual([5000 - kept]);
  });

  it("retries after a full disk, and does not wait", async () => {
    const retries: number[] = [];
    const clock = {
      ...systemClock,
      after: (delayMs: number, callback: () => void) => {
        retries.push(delayMs);
        return systemClock.after(1, callback);
      },
    };
    const output = new LogOutput(opened("/dev/full", constants.O_WRONLY), clock, () => undefined);
    output.write("kept\n");
    await eventually("three more tries", () => retries.length > 3);
    expect(new Set(retries)).toEqual(new Set([1_000]));
    output.writeLast();
  });

  it("survives that its reader goes away", async () => {
    const { writing, reading } = createPipe();
    closeSync(reading);
    open.splice(open.indexOf(reading), 1);
    const output = new LogOutput(writing, systemClock, () => undefined);
    output.write("lost\n");
    await new Promise(setImmediate);
    output.write("lost\n");
    output.writeLast();
  });

  it("writes the lines that wait when the process ends", () => {
    const { writing, reading } = createPipe();
    const output = new LogOutput(writing, systemClock, () => undefined);
    output.write("the last\n");
    output.write("words\n");
    output.writeLast();
    expect(drain(reading)).toBe("the last\nwords\n");
  });

  it("delays the end of the process by less than a second", () => {
    const { writing } = createPipe();
    const output = new LogOutput(writing, systemClock, () => undefined);
    numbered(500).forEach((line) => {
      output.write(line);
    });
    const startedMs = performance.now();
    output.writeLast();
    expect(performance.now() - startedMs).toBeLessThan(1_000);
  });
});
