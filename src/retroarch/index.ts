export * from "./client-command.ts";
export * from "./core-info.ts";
export * from "./host-command.ts";
export * from "./key-values.ts";
export * from "./versions.ts";
