import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { processesNaming } from "./process-facts.ts";

type Step = () => unknown;

/** Clean-up steps, the last one first. Every step runs, also when an earlier one fails. */
export interface Cleanup {
  readonly defer: (step: Step) => void;
  /** A folder that is removed last. It fails when a process is left that was started with a file in it. */
  readonly folder: () => string;
}

/** An empty list. `run` runs its steps; it fails when a step fails. */
export function createCleanup(): { cleanup: Cleanup; run: () => Promise<void> } {
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

export function makeFolder(): string {
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
