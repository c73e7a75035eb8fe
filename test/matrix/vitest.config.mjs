import path from "node:path";
import { defineConfig } from "vitest/config";

/** Not part of `npm test`, because it installs whole Debian releases and takes long. */
export default defineConfig({
  root: path.resolve(import.meta.dirname, "../.."),
  test: {
    include: ["test/matrix/*.test.ts"],
    testTimeout: 120_000,
    hookTimeout: 1_800_000,
    fileParallelism: false,
    // Two rooms of three players each, at 60 frames a second for each player.
    maxConcurrency: 2,
  },
});
