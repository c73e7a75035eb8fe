import { readFileSync } from "node:fs";

const page = readFileSync(new URL("../../../docs/request.md", import.meta.url), "utf8");

/** The bytes of every block "```hex NAME" of docs/request.md, by name. A semicolon begins a comment. */
export function readHexExamples(): Map<string, Buffer> {
  const blocks = page.matchAll(/^```hex (\S+)\n([\s\S]*?)^```$/gm);
  return new Map(
    [...blocks].map(([, name = "", body = ""]) => [
      name,
      Buffer.from(body.replace(/;.*$/gm, "").replace(/\s/g, ""), "hex"),
    ]),
  );
}

/** The Python program of the page. */
export function readPythonExample(): string {
  const program = /^```python\n([\s\S]*?)^```$/m.exec(page)?.[1];
  if (program === undefined) {
    throw new Error("docs/request.md has no Python block");
  }
  return program;
}
