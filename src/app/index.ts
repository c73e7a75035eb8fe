export { startApp } from "./app.ts";
export { createHosting, type Hosting } from "./hosting.ts";
export { tryHosting, type Trial } from "./try-hosting.ts";
export { listCoreBuilds, openCoreBuilds } from "./learn-builds.ts";
