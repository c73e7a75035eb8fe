import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { sessionView } from "../../../src/admin/views.ts";

const page = readFileSync(new URL("../../../docs/wire.md", import.meta.url), "utf8");

describe("the session in docs/wire.md", () => {
  it("is one, with exactly the keys that a session has", () => {
    const example: unknown = JSON.parse(/^```json\n([\s\S]*?)^```$/m.exec(page)?.[1] ?? "null");
    expect(sessionView.parse(example)).toEqual(example);
  });
});
