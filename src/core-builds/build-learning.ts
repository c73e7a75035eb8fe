import type { CoreBuilds } from "./core-builds.ts";

/** Learns builds in the background, whenever there may be something to learn. */
export interface BuildLearning {
  readonly begin: () => void;
  /** Resolves when no host of it is left. */
  readonly stop: () => Promise<void>;
}

export function createBuildLearning(builds: Pick<CoreBuilds, "learn">): BuildLearning {
  const abort = new AbortController();
  let running: Promise<void> | undefined;
  return {
    begin() {
      if (!abort.signal.aborted) {
        running ??= builds.learn(abort.signal).finally(() => {
          running = undefined;
        });
      }
    },
    async stop() {
      abort.abort();
      await running;
    },
  };
}
