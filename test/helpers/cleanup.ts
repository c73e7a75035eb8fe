import { rmSync } from "node:fs";
import { onTestFinished, afterAll, type TestContext } from "vitest";
import { createCleanup, makeFolder, type Cleanup } from "./cleanup-steps.ts";

export type { Cleanup } from "./cleanup-steps.ts";

/** A folder for this test alone, removed when the test has finished. */
export function scratchFolder(): string {
  const folder = makeFolder();
  onTestFinished(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  return folder;
}

/** Steps that run when the running test has finished. A concurrent test has to pass its own context. */
export function afterThisTest(context: Pick<TestContext, "onTestFinished"> = { onTestFinished }): Cleanup {
  const { cleanup, run } = createCleanup();
  context.onTestFinished(run);
  return cleanup;
}

/** Steps that run after the last test of the file (or of the `describe` block). */
export function afterAllTests(): Cleanup {
  const { cleanup, run } = createCleanup();
  afterAll(run);
  return cleanup;
}
