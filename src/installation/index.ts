export * from "./core-library.ts";
export * from "./retroarch-program.ts";
export { prepareClient, type ClientSetup, type ClientWish } from "./client-setup.ts";
