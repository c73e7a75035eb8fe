#!/usr/bin/env node
import { complainOfOpenFiles } from "./open-files.ts";

const complaint = complainOfOpenFiles();
if (complaint === undefined) {
  const { runCommandLine } = await import("./cli/index.ts");
  process.exitCode = await runCommandLine(process.argv);
} else {
  process.stderr.write(`${complaint}\n`);
  process.exitCode = 1;
}
