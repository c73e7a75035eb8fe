import { describe, expect, it } from "vitest";
import { decodeHostRecord, encodeHostRecord, isRecordedHost } from "../../../src/supervisor/host-record.ts";
import { readCommandLine, readStartTicks } from "../../../src/processes/index.ts";

describe("the record of a host", () => {
  it("survives being written and read", () => {
    const record = { pid: 42, startTicks: "77", configFile: "/d/retroarch.cfg" };
    expect(decodeHostRecord(encodeHostRecord(record))).toEqual(record);
  });

  it("is undefined when it was cut off or is something else", () => {
    const whole = encodeHostRecord({ pid: 42, startTicks: "77", configFile: "/d/retroarch.cfg" });
    expect(decodeHostRecord(whole.slice(0, 20))).toBeUndefined();
    expect(decodeHostRecord("")).toBeUndefined();
    expect(decodeHostRecord('{"pid":"1"}')).toBeUndefined();
  });

  it("matches a process only when pid, start time and command line agree", async () => {
    const { pid } = process;
    const startTicks = await readStartTicks(pid);
    const [configFile = ""] = await readCommandLine(pid);
    expect(await isRecordedHost({ pid, startTicks, configFile })).toBe(true);
    expect(await isRecordedHost({ pid, startTicks: "1", configFile })).toBe(false);
    expect(await isRecordedHost({ pid, startTicks, configFile: "/elsewhere/retroarch.cfg" })).toBe(false);
    expect(await isRecordedHost({ pid: 2 ** 22 + 1, startTicks: "", configFile })).toBe(false);
  });
});
