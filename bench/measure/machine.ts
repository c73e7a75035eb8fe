import { cpus, loadavg } from "node:os";
import { detectRetroArch } from "../../src/installation/index.ts";

/** Machine and versions of a run. */
export async function describeMachine(): Promise<string> {
  const retroarch = await detectRetroArch("retroarch");
  const load = loadavg()[0]?.toFixed(1) ?? "?";
  const version = retroarch.ok ? retroarch.value.text : "none";
  return `${cpus().length} cores, Node ${process.version}, RetroArch ${version}, load average at the start ${load}`;
}
