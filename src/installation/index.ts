export * from "./core-library.ts";
export * from "./retroarch-program.ts";
