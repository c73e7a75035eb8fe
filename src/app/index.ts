export { startApp, type App } from "./app.ts";
export { createHosting, type Hosting } from "./hosting.ts";
