import path from "node:path";
import { defineConfig } from "vitest/config";

/** Apart from `npm test`: it installs whole Debian releases and takes its time. */
export default defineConfig({
  root: path.resolve(import.meta.dirname, "../.."),
  test: {
    include: ["test/matrix/*.test.ts"],
    testTimeout: 120_000,
    hookTimeout: 1_800_000,
    fileParallelism: false,
    // Two rooms of three players each, every one of whom is to have its 60 frames a second.
    maxConcurrency: 2,
  },
});
