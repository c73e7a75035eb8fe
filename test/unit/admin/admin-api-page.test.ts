import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { roomView, sessionView } from "../../../src/admin/views.ts";

const page = readFileSync(new URL("../../../docs/admin-api.md", import.meta.url), "utf8");

const [session, room] = [...page.matchAll(/^```json\n([\s\S]*?)^```$/gm)].map(([, text]): unknown =>
  JSON.parse(text ?? "null"),
);

describe("docs/admin-api.md", () => {
  it("shows a session with exactly the keys that one has", () => {
    expect(sessionView.parse(session)).toEqual(session);
  });

  it("shows a room with exactly the keys that one has", () => {
    expect(roomView.parse(room)).toEqual(room);
  });
});
