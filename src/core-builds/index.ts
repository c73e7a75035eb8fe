export { createBuildLearning, type BuildLearning } from "./build-learning.ts";
export { createCoreBuilds, type BuildRow, type CoreBuilds } from "./core-builds.ts";
export { findSamples } from "./samples.ts";
