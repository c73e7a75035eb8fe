// `npm run fuzz:live [-- ARGUMENTS]`: installs what hosting needs, builds, and runs test/fuzz/fuzz-live.ts.
import path from "node:path";
import {
  build,
  checkNode,
  hostingNeeds,
  installDebianPackages,
  installNpmPackages,
  root,
  run,
} from "./setup.mjs";

checkNode();
installDebianPackages(hostingNeeds);
installNpmPackages();
build();
const loader = path.join(root, "bench/typescript.mjs");
run([
  process.execPath,
  "--import",
  loader,
  path.join(root, "test/fuzz/fuzz-live.ts"),
  ...process.argv.slice(2),
]);
