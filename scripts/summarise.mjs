// Closes a run: reads the JSON report of the tests and prints its counts. Fails when a test failed, when a test on the real
// RetroArch did not run (a green run without them says nothing), or when another step did.
// Usage: summarise.mjs REPORT [BROKEN-STEP...]
import { existsSync, readFileSync } from "node:fs";

const [file, ...brokenSteps] = process.argv.slice(2);
const problems = brokenSteps.filter((step) => !step.startsWith("npm test"));
const files = existsSync(file) ? JSON.parse(readFileSync(file, "utf8")).testResults : [];
const results = files.flatMap(({ name, assertionResults }) =>
  assertionResults.map(({ status, fullName }) => ({
    status,
    fullName,
    isEndToEnd: name.includes("/test/e2e/"),
  })),
);

const passed = results.filter(({ status }) => status === "passed");
const failed = results.filter(({ status }) => status === "failed");
const skipped = results.filter(({ status }) => status !== "passed" && status !== "failed");
// A file that cannot be loaded has no test to report.
problems.push(
  ...files
    .filter(({ status, assertionResults }) => status === "failed" && assertionResults.length === 0)
    .map(({ name }) => name),
);
if (!passed.some(({ isEndToEnd }) => isEndToEnd)) {
  problems.push("the end-to-end tests did not run");
}
problems.push(
  ...skipped.filter(({ isEndToEnd }) => isEndToEnd).map(({ fullName }) => `skipped: ${fullName}`),
);

for (const problem of problems) {
  console.log(`Failed: ${problem}`);
}
const failures = failed.length + problems.length;
console.log(
  `${passed.length} passed, ${failures} failed${skipped.length > 0 ? `, ${skipped.length} skipped` : ""}`,
);
process.exitCode = failures === 0 ? 0 : 1;
