// `node --import ./bench/typescript.mjs FILE.ts`: runs TypeScript as it stands, compiled as the build compiles it.
import { register } from "node:module";

// Node runs hooks in a thread of their own, so the measured memory does not include the compiler's.
register("./typescript-hooks.mjs", import.meta.url);
