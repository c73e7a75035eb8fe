// `npm run check`: all checks of the code that do not run it.
import { checkNode, installNpmPackages, run } from "./setup.mjs";

checkNode();
installNpmPackages();
run(["npx", "--no-install", "tsc", "-p", "tsconfig.json"]);
run(["npx", "--no-install", "eslint", "."]);
run(["npx", "--no-install", "prettier", "--check", "--log-level", "warn", "."]);
run(["npx", "--no-install", "depcruise", "src"]);
run(["npx", "--no-install", "knip"]);
