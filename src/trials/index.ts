export { createTrials, type Trial, type Trials } from "./try-hosting.ts";
export { createVerifyGame } from "./verify-game.ts";
