// Reads the JSON report of a test run and closes with its counts. Fails when a test failed, or when the tests on the real
// RetroArch did not run: a green run without them says nothing.
import { readFileSync } from "node:fs";

const report = JSON.parse(readFileSync(process.argv[2], "utf8"));
const results = report.testResults.flatMap((file) =>
  file.assertionResults.map(({ status }) => ({ status, isEndToEnd: file.name.includes("/test/e2e/") })),
);
const count = (status) => results.filter((result) => result.status === status).length;
const failedFiles = report.testResults.filter((file) => file.status === "failed").length;
const endToEnd = results.filter(({ status, isEndToEnd }) => isEndToEnd && status === "passed").length;

if (endToEnd === 0) {
  console.log("The end-to-end tests did not run.");
}
const failed = count("failed") + (count("failed") === 0 ? failedFiles : 0) + (endToEnd === 0 ? 1 : 0);
const skipped = count("pending") + count("skipped") + count("todo");
console.log(`${count("passed")} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`);
process.exitCode = failed === 0 ? 0 : 1;
