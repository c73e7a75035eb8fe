// `npm run test:unit`: the tests that need nothing but Node and the npm packages.
import { checkNode, installNpmPackages, run } from "./setup.mjs";

checkNode();
installNpmPackages();
run(["npx", "--no-install", "vitest", "run", "--project", "unit", ...process.argv.slice(2)]);
