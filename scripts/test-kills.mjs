// `npm run test:kills`: kills scans and imports a hundred times, of which `npm test` does ten. `-- 1000` kills that many.
import { checkNode, installNpmPackages, run } from "./setup.mjs";

const [kills = "100"] = process.argv.slice(2);
checkNode();
installNpmPackages();
const file = "test/integration/catalog/scan/threads-and-kills.test.ts";
const env = { ...process.env, NETPLAYD_TEST_KILLS: kills };
run(["npx", "--no-install", "vitest", "run", file, "--testNamePattern", "^kill -9"], { env });
