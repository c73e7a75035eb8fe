import { rmSync } from "node:fs";
import { onTestFinished, afterAll, type TestContext } from "vitest";
import { createCleanup, makeFolder, type Cleanup } from "./cleanup-steps.ts";

export type { Cleanup } from "./cleanup-steps.ts";

/** A folder of this test alone, removed when the test has finished. */
export function scratchFolder(): string {
  const folder = makeFolder();
  onTestFinished(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  return folder;
}

/** Undone when the running test has finished. A test that runs beside others has to hand in its own context. */
export function afterThisTest(context: Pick<TestContext, "onTestFinished"> = { onTestFinished }): Cleanup {
  const { cleanup, run } = createCleanup();
  context.onTestFinished(run);
  return cleanup;
}

/** Undone after the last test of the file (or of the `describe` block). */
export function afterAllTests(): Cleanup {
  const { cleanup, run } = createCleanup();
  afterAll(run);
  return cleanup;
}
