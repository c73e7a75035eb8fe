/** The layers of ARCHITECTURE.md, checked. @type {import("dependency-cruiser").IConfiguration} */
const features = "^src/(udp-control|supervisor|catalog|door|admin|doctor|probe|core-builds|fixed-rooms)/";

/** A runtime package and the only place that may import it. */
const owners = {
  execa: "^src/processes/",
  "dgram-as-promised": "^src/udp-control/",
  "better-sqlite3": "^src/catalog/",
  yauzl: "^src/catalog/",
  saxes: "^src/catalog/",
  "cli-progress": "^src/cli/",
  commander: "^src/cli/",
  "string-width": "^src/cli/",
  yaml: "^src/config\\.ts$",
  pino: "^src/(logging|shared)/(create-)?logger\\.ts$",
  "pino-pretty": "^src/logging/create-logger\\.ts$",
};

module.exports = {
  forbidden: [
    { name: "no-cycles", severity: "error", from: {}, to: { circular: true } },
    {
      name: "features-do-not-import-each-other",
      severity: "error",
      from: { path: "^src/([^/]+)/", pathNot: "^src/(app|cli)/" },
      to: { path: features, pathNot: "^src/$1/" },
    },
    {
      name: "folders-are-imported-through-their-index",
      severity: "error",
      from: { path: "^src/([^/]+)" },
      to: { path: "^src/[^/]+/", pathNot: ["^src/[^/]+/index\\.ts$", "^src/$1/"] },
    },
    {
      name: "knowledge-has-no-effects",
      comment:
        "netplay/ and retroarch/ are bytes, texts and hashes of them: no sockets, no processes, no files.",
      severity: "error",
      from: { path: "^src/(netplay|retroarch)/", pathNot: "peer-address" },
      to: { dependencyTypes: ["core"], pathNot: "^(node:)?(os|path|path/posix|buffer|crypto)$" },
    },
    {
      name: "shared-stands-alone",
      severity: "error",
      from: { path: "^src/shared/" },
      to: { path: "^src/", pathNot: "^src/shared/" },
    },
    {
      name: "only-the-app-and-the-command-line-know-the-features",
      severity: "error",
      from: { path: "^src/[^/]+\\.ts$", pathNot: "^src/main\\.ts$" },
      to: { path: [features, "^src/(app|cli)/"] },
    },
    ...Object.entries(owners).map(([name, owner]) => ({
      name: `${name}-has-one-importer`,
      severity: "error",
      from: { path: "^src/", pathNot: owner },
      to: { path: `^node_modules/${name}/` },
    })),
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    enhancedResolveOptions: { exportsFields: ["exports"], conditionNames: ["import", "node", "types"] },
  },
};
