export * from "./core-library.ts";
export * from "./retroarch-program.ts";
export { prepareClient, type ClientSetup } from "./client-setup.ts";
