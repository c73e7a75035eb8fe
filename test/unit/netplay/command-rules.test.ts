import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import {
  CLIENT_RULES,
  clientRule,
  COMMAND,
  commandName,
  HOST_RULES,
  hostRule,
  judgeSize,
  type ClientRule,
  type CommandRule,
  type HostRule,
} from "../../../src/netplay/index.ts";

const page = readFileSync(new URL("../../../docs/netplay-port.md", import.meta.url), "utf8");

/** The cells of the first table after this heading, without the table's head. */
function tableBehind(heading: string): string[][] {
  const lines = page.slice(page.indexOf(`\n${heading}\n`)).split("\n");
  const first = lines.findIndex((line) => line.startsWith("|"));
  const table = lines.slice(first);
  const end = table.findIndex((line) => !line.startsWith("|"));
  return table.slice(2, end).map((line) =>
    line
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

function hexOf(command: number): string {
  return command.toString(16).padStart(4, "0");
}

function sizesOf({ sizes }: CommandRule): string {
  return sizes
    .map(({ min, max, step }) => {
      const range = min === max ? `${min}` : `${min} to ${max}`;
      return step === undefined ? range : `${range} in steps of ${step}`;
    })
    .join(" or ");
}

const TOLD: Readonly<Record<ClientRule["fate"], string>> = {
  passed: "told",
  kept: "not told",
  "kept-unless-pausing": "told if it allows pausing",
  merged: "told once for all",
};

function clientRow(rule: ClientRule): string[] {
  const { command, since, from, hosts, fate, rate } = rule;
  return [
    `\`${hexOf(command)}\` ${commandName(command)}`,
    sizesOf(rule),
    `${since}`,
    from.join(", "),
    hosts === "relayed" ? "relayed rooms" : "all",
    TOLD[fate],
    rate === undefined ? "" : `${rate.burst} at once, then ${rate.perSecond} a second`,
  ];
}

function hostRow(rule: HostRule): string[] {
  const { command, since, when } = rule;
  return [`\`${hexOf(command)}\` ${commandName(command)}`, sizesOf(rule), `${since}`, when];
}

describe("what may pass between a client and its host", () => {
  it("is shown in docs/netplay-port.md, for clients", () => {
    expect(tableBehind("### From a client")).toEqual(CLIENT_RULES.map(clientRow));
  });

  it("is shown in docs/netplay-port.md, for hosts of relayed rooms", () => {
    expect(tableBehind("### From the host of a relayed room")).toEqual(HOST_RULES.map(hostRow));
  });

  it("has each command once, and none that RetroArch ignores", () => {
    for (const rules of [CLIENT_RULES, HOST_RULES]) {
      const commands = rules.map(({ command }) => command);
      expect(new Set(commands).size).toBe(commands.length);
    }
    for (const command of [COMMAND.cheats, 0x61, 0x62, 0x7777]) {
      expect(clientRule(command)).toBeUndefined();
      expect(hostRule(command)).toBeUndefined();
    }
  });

  it("does not let a client send commands for which a host disconnects it", () => {
    const { noInput, sync, mode, modeRefused, loadSavestate, stall, reset } = COMMAND;
    for (const command of [noInput, sync, mode, modeRefused, loadSavestate, stall, reset]) {
      expect(clientRule(command)).toBeUndefined();
    }
  });

  it("has a size, a range or steps for a command", () => {
    const judge = (command: number, size: number): string | undefined => {
      const rule = clientRule(command);
      return rule === undefined ? "none" : judgeSize(rule, size);
    };
    expect([0, 4, 68, 69].map((size) => judge(COMMAND.info, size))).toEqual([
      undefined,
      "wrong-size",
      undefined,
      "oversize",
    ]);
    expect([4, 8, 10, 52, 56].map((size) => judge(COMMAND.input, size))).toEqual([
      "wrong-size",
      undefined,
      "wrong-size",
      undefined,
      "oversize",
    ]);
  });
});
