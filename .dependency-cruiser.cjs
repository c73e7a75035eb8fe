/** The layers of ARCHITECTURE.md, checked. @type {import("dependency-cruiser").IConfiguration} */
const features =
  "^src/(udp-control|supervisor|catalog|gateway|admin|doctor|probe|core-builds|trials|persistent-rooms|matchmaking)/";

/** A runtime package and the only place that may import it. */
const owners = {
  execa: "^src/processes/",
  "dgram-as-promised": "^src/udp-control/",
  "better-sqlite3": "^src/catalog/",
  yauzl: "^src/catalog/content/archive/",
  saxes: "^src/catalog/dat/formats/",
  "@msgpack/msgpack": "^src/catalog/dat/formats/",
  "cli-progress": "^src/cli/",
  commander: "^src/cli/",
  "string-width": "^src/cli/",
  yaml: "^src/config\\.ts$",
  pino: "^src/(logging|shared)/(create-)?logger\\.ts$",
  "pino-pretty": "^src/logging/create-logger\\.ts$",
};

/** Folders of the catalog, and the other folders of the catalog that each may import. */
const catalogFolders = {
  content: [],
  store: ["content"],
  sets: ["content", "store"],
  dat: ["content", "store", "sets"],
  scan: ["content", "store", "sets", "dat"],
  queries: ["content", "store"],
  verify: ["store"],
  export: ["content", "store"],
};

/** The same of the gateway. What lies in `gateway` itself, its limits and events, imports none but `budget`. */
const gatewayFolders = {
  budget: [],
  net: ["budget"],
  handshake: ["net"],
  tunnel: ["net"],
  link: ["budget", "net", "handshake", "tunnel"],
  sessions: ["budget", "net", "handshake", "tunnel", "link"],
  relay: ["budget", "net", "handshake", "tunnel", "link"],
  "netplay-port": ["budget", "net", "handshake", "relay"],
};

/** The same inside `catalog/content`; what lies in `content` itself imports none of them. */
const contentFolders = { patch: [], archive: [], read: ["patch", "archive"] };

/** @returns Rules that let each folder below `base` import only itself and those that it may. */
function layers(base, folders) {
  return Object.entries(folders).map(([name, allowed]) => ({
    name: `${base.slice("src/".length)}-${name}-imports-only-what-it-stands-on`,
    severity: "error",
    from: { path: `^${base}/${name}/` },
    to: { path: `^${base}/[^/]+/`, pathNot: `^${base}/(${[name, ...allowed].join("|")})/` },
  }));
}

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
      name: "sub-folders-are-imported-through-their-index",
      severity: "error",
      from: { path: "^src/([^/]+)/([^/]+)" },
      to: { path: "^src/$1/[^/]+/", pathNot: ["^src/$1/[^/]+/index\\.ts$", "^src/$1/$2/"] },
    },
    ...layers("src/catalog", catalogFolders),
    ...layers("src/gateway", gatewayFolders),
    ...layers("src/catalog/content", contentFolders),
    {
      name: "catalog-content-itself-stands-on-none-of-its-folders",
      severity: "error",
      from: { path: "^src/catalog/content/[^/]+\\.ts$", pathNot: "/index\\.ts$" },
      to: { path: "^src/catalog/content/[^/]+/" },
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
      name: "programs-are-started-in-processes",
      severity: "error",
      from: { path: "^src/", pathNot: "^src/processes/" },
      to: { path: "^(node:)?child_process$" },
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
