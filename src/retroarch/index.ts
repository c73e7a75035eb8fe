export * from "./command-line.ts";
export * from "./config-file.ts";
export * from "./core-info.ts";
export * from "./versions.ts";
