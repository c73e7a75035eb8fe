export { startApp } from "./app.ts";
export { createHosting, type Hosting } from "./hosting.ts";
export { openNetplayPort } from "./open-netplay-port.ts";
export { endOldTrials } from "./trial-folders.ts";
export { tryHosting } from "./try-hosting.ts";
export { listCoreBuilds, openCoreBuilds } from "./learn-builds.ts";
