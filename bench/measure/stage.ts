import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Cleanup } from "../../test/helpers/cleanup.ts";

/** Runs a benchmark, then its clean-up steps, the last one first, also when it fails or is interrupted. */
export async function onStage(perform: (cleanup: Cleanup) => Promise<void>): Promise<void> {
  const steps: (() => unknown)[] = [];
  const defer = (step: () => unknown): void => {
    steps.push(step);
  };
  const folder = (): string => {
    const made = mkdtempSync(path.join(tmpdir(), "netplayd-bench-"));
    defer(() => {
      rmSync(made, { recursive: true, force: true });
    });
    return made;
  };
  const takeDown = async (): Promise<void> => {
    for (let step = steps.pop(); step !== undefined; step = steps.pop()) {
      await step();
    }
  };
  const interrupted = new Promise<never>((_, reject) => {
    process.once("SIGINT", () => {
      reject(new Error("interrupted"));
    });
  });
  try {
    await Promise.race([perform({ defer, folder }), interrupted]);
  } finally {
    await takeDown();
  }
}
