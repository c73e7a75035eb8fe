// Empties dist/, because the compiler does not delete files whose source is gone.
import { rmSync } from "node:fs";
import path from "node:path";

rmSync(path.resolve(import.meta.dirname, "../dist"), { recursive: true, force: true });
