import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import Database from "better-sqlite3";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openCatalog } from "../../../../src/catalog/index.ts";
import { MIGRATIONS, SCHEMA_VERSION } from "../../../../src/catalog/store/migrations.ts";
import { openDatabase } from "../../../../src/catalog/store/open-database.ts";

describe("opening a catalog", () => {
  let folder: string;
  let file: string;
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), "open-catalog-"));
    file = path.join(folder, "catalog.sqlite");
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  /** Opens the file, expects a refusal, and that neither the file nor its folder was changed. */
  function expectRefusal(code: string, message: RegExp): void {
    const before = readFileSync(file);
    const beside = readdirSync(folder);
    const opened = openCatalog(file);
    expect(opened).toMatchObject({ ok: false, reason: { code } });
    expect(opened.ok ? "" : opened.reason.message).toMatch(message);
    expect(readFileSync(file).equals(before)).toBe(true);
    expect(readdirSync(folder)).toEqual(beside);
  }

  function modeOf(name: string): string {
    return (statSync(name).mode & 0o777).toString(8);
  }

  function makeCatalog(): void {
    const opened = openCatalog(file);
    expect(opened.ok).toBe(true);
    if (opened.ok) {
      opened.value.close();
    }
  }

  it("makes a folder and files that other users cannot read", () => {
    file = path.join(folder, "data", "catalog.sqlite");
    const opened = openCatalog(file);
    const modes = readdirSync(path.dirname(file)).map((name) => modeOf(path.join(path.dirname(file), name)));
    expect(modeOf(path.dirname(file))).toBe("700");
    expect(modes).toEqual(["600", "600", "600"]);
    if (opened.ok) {
      opened.value.close();
    }
  });

  it("makes a catalog of a former version private", () => {
    makeCatalog();
    chmodSync(file, 0o644);
    makeCatalog();
    expect(modeOf(file)).toBe("600");
  });

  it("makes the folder and the file", () => {
    const deep = path.join(folder, "a", "b", "catalog.sqlite");
    const opened = openCatalog(deep);
    expect(opened.ok && opened.value.list()).toEqual([]);
    if (opened.ok) {
      opened.value.close();
    }
  });

  it("refuses a file that is no database", () => {
    writeFileSync(file, "name: not a database\n".repeat(100));
    expectRefusal("not-a-catalog", /is not a netplayd catalog: move it away/);
  });

  it("refuses a file that is too short to be one", () => {
    writeFileSync(file, "SQLite format 3\0");
    expectRefusal("not-a-catalog", /is not a netplayd catalog/);
  });

  it("refuses another program's database", () => {
    const other = new Database(file);
    other.exec("CREATE TABLE bookmarks (url TEXT)");
    other.close();
    expectRefusal("not-a-catalog", /is not a netplayd catalog/);
  });

  it("refuses a catalog of a newer version, and says what to do", () => {
    makeCatalog();
    const newer = new Database(file);
    newer.pragma(`user_version = ${SCHEMA_VERSION + 1}`);
    newer.close();
    expectRefusal("newer-schema", /newer netplayd.*upgrade netplayd, or move the file away/);
  });

  it("refuses a damaged catalog", () => {
    makeCatalog();
    const bytes = readFileSync(file);
    bytes.fill(0xff, 4096, 12_288);
    writeFileSync(file, bytes);
    const opened = openCatalog(file);
    expect(opened).toMatchObject({ ok: false, reason: { code: "damaged" } });
    expect(readFileSync(file).equals(bytes)).toBe(true);
  });

  it("refuses a catalog that was cut short", () => {
    makeCatalog();
    const bytes = readFileSync(file);
    writeFileSync(file, bytes.subarray(0, bytes.length - 8192));
    expect(openCatalog(file)).toMatchObject({ ok: false, reason: { code: "damaged" } });
  });

  it("refuses a folder in the file's place", () => {
    expect(openCatalog(folder)).toMatchObject({
      ok: false,
      reason: { code: "unwritable", message: expect.stringContaining("check that") as string },
    });
  });

  it("does not make a file for a reader", () => {
    expect(openCatalog(file, { readonly: true })).toMatchObject({
      ok: false,
      reason: { code: "unwritable" },
    });
    expect(readdirSync(folder)).toEqual([]);
  });

  it("upgrades an older catalog in one transaction, or not at all", () => {
    makeCatalog();
    const failing = [...MIGRATIONS, "CREATE TABLE added (id INTEGER)", "CREATE TABLE files (id INTEGER)"];
    expect(openDatabase(file, { migrations: failing }).ok).toBe(false);
    makeCatalog();
    const upgraded = openDatabase(file, { migrations: failing.slice(0, -1) });
    expect(upgraded.ok).toBe(true);
    if (upgraded.ok) {
      expect(upgraded.value.prepare("SELECT count(*) FROM added").pluck().get()).toBe(0);
      expect(upgraded.value.pragma("user_version", { simple: true })).toBe(SCHEMA_VERSION + 1);
      upgraded.value.close();
    }
  });
});
