export { startApp } from "./app.ts";
export { examineMachine } from "./examine-machine.ts";
export { createHosting, type Hosting } from "./hosting.ts";
export { openNetplayPort } from "./open-netplay-port.ts";
export { listCoreBuilds } from "./open-core-builds.ts";
export { tryOwnCore } from "./try-own-core.ts";
export { createVerifyOne } from "./verify.ts";
