import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, onTestFinished, type TestContext } from "vitest";
import { processesNaming } from "./process-facts.ts";

/** A folder of this test alone, removed when the test has finished. */
export function scratchFolder(): string {
  const folder = makeFolder();
  onTestFinished(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  return folder;
}

type Step = () => unknown;

/** What has to be undone, the last first. Every step is taken, also when an earlier one fails. */
export interface Cleanup {
  readonly defer: (step: Step) => void;
  /** A folder that goes last. It fails when a process is left that was started with a file in it. */
  readonly folder: () => string;
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

function createCleanup(): { cleanup: Cleanup; run: () => Promise<void> } {
  const steps: Step[] = [];
  const defer = (step: Step): void => {
    steps.push(step);
  };
  const folder = (): string => {
    const made = makeFolder();
    defer(() => {
      removeFolder(made);
    });
    return made;
  };
  const run = async (): Promise<void> => {
    const errors: unknown[] = [];
    for (const step of steps.splice(0).reverse()) {
      try {
        await step();
      } catch (error) {
        errors.push(error);
      }
    }
    if (errors.length > 0) {
      throw new AggregateError(errors, errors.map(String).join("\n"));
    }
  };
  return { cleanup: { defer, folder }, run };
}

function makeFolder(): string {
  return mkdtempSync(path.join(tmpdir(), "netplayd-test-"));
}

function removeFolder(folder: string): void {
  const left = processesNaming(folder);
  left.forEach(({ pid }) => {
    process.kill(pid, "SIGKILL");
  });
  rmSync(folder, { recursive: true, force: true });
  if (left.length > 0) {
    throw new Error(`the test left processes: ${left.map(({ command }) => command.join(" ")).join("\n")}`);
  }
}
