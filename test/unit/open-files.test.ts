import { describe, expect, it } from "vitest";
import { parseConfig } from "../../src/config.ts";
import { checkOpenFiles } from "../../src/doctor/index.ts";
import { complainOfOpenFiles, judgeOpenFiles, openFilesFor } from "../../src/open-files.ts";

function config(sections = "") {
  const parsed = parseConfig(
    `${sections}\ncores: [{ name: Nestopia, library: nestopia_libretro.so }]\n`,
    "/",
  );
  if (!parsed.ok) {
    throw new Error(JSON.stringify(parsed.reason));
  }
  return parsed.value;
}

describe("the limit of open files", () => {
  it("below which netplayd cannot start is reported with the number that is needed", () => {
    expect(complainOfOpenFiles(64)).toMatch(/^Only 64 files .* needs 256 .*ulimit -n.*LimitNOFILE=/);
    expect(complainOfOpenFiles(256)).toBeUndefined();
  });

  it("is enough when all clients that the configuration allows can be connected at once", () => {
    const needed = openFilesFor(config());
    expect(judgeOpenFiles(config(), needed)).toBeUndefined();
    expect(judgeOpenFiles(config(), needed - 1)).toEqual({ limit: needed - 1, needed });
  });

  it("has to be higher for more sessions, clients and relayed rooms", () => {
    const usual = openFilesFor(config());
    expect(openFilesFor(config("sessions: { max: 32 }"))).toBeGreaterThan(usual);
    expect(openFilesFor(config("sessions: { maxClients: 30 }"))).toBeGreaterThan(usual);
    expect(openFilesFor(config("relay: { enabled: false }"))).toBeLessThan(usual);
    expect(openFilesFor(config("netplay: { port: null }"))).toBeLessThan(usual);
  });

  it("is a warning of doctor when it is too low", () => {
    expect(checkOpenFiles(config(), 1024)).toMatchObject({ status: "warning", subject: "open files" });
    expect(checkOpenFiles(config(), 65_536)).toMatchObject({ status: "ok" });
  });
});
