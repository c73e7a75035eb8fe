// `npm run test:matrix`: every RetroArch against every other. `-- --write` puts the result into docs/compatibility.md.
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { spawnSync } from "node:child_process";
import {
  build,
  checkNode,
  installDebianPackages,
  installNpmPackages,
  root,
  say,
  stop,
  testNeeds,
} from "./setup.mjs";

const page = path.join(root, "docs/compatibility.md");
const [begin, end] = ["<!-- matrix: begin -->", "<!-- matrix: end -->"];

const { values } = parseArgs({ options: { write: { type: "boolean", default: false } } });
checkNode();
if (process.getuid?.() !== 0) {
  stop("The matrix enters folders with other Debian releases by chroot: run it as root.");
}
const debootstrap = { package: "debootstrap", isThere: () => existsSync("/usr/sbin/debootstrap") };
installDebianPackages([...testNeeds, debootstrap]);
installNpmPackages();
build();

const scratch = mkdtempSync(path.join(tmpdir(), "netplayd-matrix-"));
const reportFile = path.join(scratch, "report.md");
const tests = spawnSync(
  "npx",
  ["--no-install", "vitest", "run", "--config", "test/matrix/vitest.config.mjs"],
  {
    cwd: root,
    stdio: "inherit",
    env: { ...process.env, NETPLAYD_MATRIX_REPORT: reportFile },
  },
);
const report = existsSync(reportFile) ? readFileSync(reportFile, "utf8") : "";
rmSync(scratch, { recursive: true });
console.log(`\n${report}\n`);
if (tests.status !== 0) {
  stop("The matrix is not as it should be.");
}
if (values.write) {
  write(report);
}

function write(text) {
  const old = readFileSync(page, "utf8");
  const [from, to] = [old.indexOf(begin), old.indexOf(end)];
  if (from === -1 || to < from) {
    stop(`${page} lacks its markers ${begin} and ${end}.`);
  }
  writeFileSync(page, `${old.slice(0, from + begin.length)}\n\n${text}\n\n${old.slice(to)}`);
  say(`Written to ${path.relative(root, page)}`);
}
