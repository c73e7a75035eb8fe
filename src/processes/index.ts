export * from "./background-process.ts";
export * from "./foreground.ts";
