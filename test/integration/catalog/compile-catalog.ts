import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import ts from "typescript";

export interface CompiledCatalog {
  /** Of a compiled file, e.g. `catalog/index.js`. */
  readonly url: (file: string) => URL;
  readonly remove: () => void;
}

const source = path.resolve("src");

/** Compiles the catalog as `npm run build` does, for threads and processes, which cannot load TypeScript. */
export function compileCatalog(): CompiledCatalog {
  // Inside node_modules, so that the packages are found from there.
  mkdirSync("node_modules/.cache", { recursive: true });
  const target = path.resolve(mkdtempSync("node_modules/.cache/catalog-test-"));
  chmodSync(target, 0o755);
  for (const folder of ["catalog", "processes", "shared"]) {
    for (const name of readdirSync(path.join(source, folder), { encoding: "utf8", recursive: true })) {
      if (name.endsWith(".ts")) {
        const { outputText } = ts.transpileModule(readFileSync(path.join(source, folder, name), "utf8"), {
          compilerOptions: {
            target: ts.ScriptTarget.ES2022,
            module: ts.ModuleKind.ESNext,
            verbatimModuleSyntax: true,
            rewriteRelativeImportExtensions: true,
          },
        });
        const compiled = path.join(target, folder, name.replace(/\.ts$/, ".js"));
        mkdirSync(path.dirname(compiled), { recursive: true });
        writeFileSync(compiled, outputText);
      }
    }
  }
  return {
    url: (file) => pathToFileURL(path.join(target, file)),
    remove: () => {
      rmSync(target, { recursive: true, force: true });
    },
  };
}
