import { defineConfig } from "vitest/config";

/** The end-to-end tests share the machine's two things that cannot be doubled, its processors and its clock: one file at a time. */
export default defineConfig({
  test: {
    projects: [
      // They have no state of their own to keep apart, and most of their time was loading the same modules anew.
      { test: { name: "unit", include: ["test/unit/**/*.test.ts"], isolate: false } },
      { test: { name: "integration", include: ["test/integration/**/*.test.ts"], testTimeout: 30_000 } },
      {
        test: {
          name: "e2e",
          include: ["test/e2e/**/*.test.ts"],
          testTimeout: 120_000,
          hookTimeout: 60_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
