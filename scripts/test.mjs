// `npm test`: installs what the tests need, then runs all of them.
import { build, checkNode, installDebianPackages, installNpmPackages, run, testNeeds } from "./setup.mjs";

checkNode();
installDebianPackages(testNeeds);
installNpmPackages();
build();
run(["npx", "--no-install", "vitest", "run", ...process.argv.slice(2)]);
