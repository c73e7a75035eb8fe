export { importDat, type ImportOptions, type ImportReport } from "./import-dat.ts";
export { nameEntries } from "./name-entries.ts";
export { readHeaders } from "./read-headers.ts";
