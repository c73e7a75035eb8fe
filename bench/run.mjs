// `npm run bench:NAME [-- ARGUMENTS]`: installs what hosting needs, builds, and runs bench/NAME.ts.
import path from "node:path";
import {
  build,
  catalogBenchNeeds,
  checkNode,
  hostingNeeds,
  installDebianPackages,
  installNpmPackages,
  run,
} from "../scripts/setup.mjs";

const [name, ...args] = process.argv.slice(2);
checkNode();
installDebianPackages(name === "catalog" ? catalogBenchNeeds : hostingNeeds);
installNpmPackages();
build();
const loader = path.join(import.meta.dirname, "typescript.mjs");
run([process.execPath, "--import", loader, path.join(import.meta.dirname, `${name}.ts`), ...args]);
