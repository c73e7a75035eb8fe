export { createCoreBuilds, type BuildRow, type CoreBuilds, type Sample } from "./core-builds.ts";
export type { BuildOutcome } from "./core-build.ts";
