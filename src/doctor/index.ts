export * from "./check.ts";
export * from "./check-core.ts";
export * from "./check-data.ts";
export * from "./check-open-files.ts";
export * from "./check-ports.ts";
