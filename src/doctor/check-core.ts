import { access, constants } from "node:fs/promises";
import path from "node:path";
import type { CoreConfig } from "../config.ts";
import { readInfoFile } from "../installation/index.ts";
import { allowsNetplay, infoFileName, parseCoreInfo, type CoreInfo } from "../retroarch/index.ts";
import { failed, good, warning, type Finding } from "./check.ts";

/** Whether RetroArch will find this core's library, let it host, and find its BIOS files. */
export async function checkCore(
  core: CoreConfig,
  { info: infoDir, system }: { readonly info: string; readonly system: string | null },
): Promise<Finding[]> {
  const subject = `core ${core.name}`;
  if (!(await isReadable(core.library))) {
    const what = `${core.library} is not there or not readable`;
    return [failed(subject, `${what}: install the core, or correct library and retroarch.cores.`)];
  }
  const found = await readInfoFile(infoDir, core.library);
  if (found !== undefined) {
    const info = parseCoreInfo(found.text);
    return [checkGate(core, info, found.file), ...(await checkFirmware(subject, info, system))];
  }
  const missing = `${path.join(infoDir, infoFileName(core.library))} is not there`;
  return [
    core.netplay === "info"
      ? failed(
          subject,
          `${missing}, and RetroArch hosts no core without one: install it (Debian: libretro-core-info), correct retroarch.info, or set netplay: allow.`,
        )
      : warning(subject, `${missing}, so a scan does not know the core's file types: use --core.`),
  ];
}

function checkGate(core: CoreConfig, info: CoreInfo, infoFile: string): Finding {
  const subject = `core ${core.name}`;
  if (core.netplay === "allow") {
    return good(subject, `${core.library}, hosted because the configuration allows it`);
  }
  if (allowsNetplay(info)) {
    return good(subject, core.library);
  }
  const found = info.savestateFeatures ?? "nothing";
  return failed(
    subject,
    `${infoFile} says ${found} about its savestates, and RetroArch hosts only deterministic ones. Set netplay: allow for it when you know that it works.`,
  );
}

async function checkFirmware(subject: string, info: CoreInfo, system: string | null): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const { path: file, optional } of info.firmware) {
    if (!optional && (system === null || !(await isReadable(path.join(system, file))))) {
      const what = `its BIOS file ${file} is missing`;
      findings.push(failed(subject, `${what}: put it into the folder that retroarch.system names.`));
    }
  }
  return findings;
}

async function isReadable(file: string): Promise<boolean> {
  try {
    await access(file, constants.R_OK);
    return true;
  } catch {
    return false;
  }
}
