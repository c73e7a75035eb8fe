export type { ScanProgress, ScanReport } from "./scan-report.ts";
export { addFiles, scanDirectories, type ScanOptions } from "./scan.ts";
