import { closeSync, fstatSync, openSync, type Stats } from "node:fs";

/** Opens a file for reading and closes it afterwards. @throws what the system or `use` throws. */
export function withFile<T>(file: string, use: (fd: number, stats: Stats) => T): T {
  const fd = openSync(file, "r");
  try {
    return use(fd, fstatSync(fd));
  } finally {
    closeSync(fd);
  }
}
