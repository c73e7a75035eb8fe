import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { onTestFinished } from "vitest";

/** A folder of this test alone, removed when the test has finished. */
export function scratchFolder(): string {
  const folder = mkdtempSync(path.join(tmpdir(), "netplayd-test-"));
  onTestFinished(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  return folder;
}
