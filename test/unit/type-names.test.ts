import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";

const src = path.resolve(import.meta.dirname, "../../src");

/** A declaration in prettier's layout. `export type { … } from` declares nothing. */
const DECLARATION = /^export (?:declare |abstract )*(?:interface|type|class|enum) (\w+)/gm;

describe("an exported type name", () => {
  it("means one thing in all of src", () => {
    const files = readdirSync(src, {
      recursive: true,
      encoding: "utf8",
    }).filter((name) => name.endsWith(".ts"));
    const places = new Map<string, string[]>();
    for (const file of files) {
      for (const [, name = ""] of readFileSync(path.join(src, file), "utf8").matchAll(DECLARATION)) {
        places.set(name, [...(places.get(name) ?? []), file]);
      }
    }
    expect(Object.fromEntries([...places].filter(([, declared]) => declared.length > 1))).toEqual({});
  });
});
