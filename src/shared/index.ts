export * from "./fold-name.ts";
export * from "./bytes.ts";
export * from "./clock.ts";
export * from "./errors.ts";
export * from "./format-address.ts";
export * from "./ids.ts";
export type * from "./logger.ts";
export * from "./result.ts";
export * from "./token-bucket.ts";
