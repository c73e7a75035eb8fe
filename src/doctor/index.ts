export type { Finding } from "./check.ts";
export { checkOpenFiles } from "./check-open-files.ts";
export { examine, type ExaminedCatalog } from "./examine.ts";
