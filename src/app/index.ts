export { startApp } from "./app.ts";
export { createHosting, type Hosting } from "./hosting.ts";
export { tryHosting, type Trial } from "./try-hosting.ts";
