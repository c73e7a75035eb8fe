import { existsSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect, it } from "vitest";
import { toCrc32 } from "../../../src/shared/index.ts";
import { eventually } from "../../helpers/eventually.ts";
import { createFakeHosting } from "../../helpers/fake-hosting.ts";

const PER_SECOND = 32;
const SECONDS = 4;

it("a game that cannot start and is requested 32 times a second starts only a few times; others start at once, and so does it when its file is repaired", async () => {
  const fake = await createFakeHosting("reads-content", { startSeconds: 5 });
  const [core] = fake.config.cores;
  if (core === undefined) {
    throw new Error("the configuration has a core");
  }
  const folder = path.dirname(fake.sessionsDir);
  const open = (name: string, address: string) => {
    const game = { name, core, content: path.join(folder, `${name}.bin`), crc: toCrc32(1) };
    return fake.hosting.open(game, { address, port: 5000 });
  };
  const starts = (): number => {
    const file = path.join(folder, "broken.bin.starts");
    return existsSync(file) ? readFileSync(file, "utf8").length : 0;
  };
  writeFileSync(path.join(folder, "works.bin"), "content");

  const asked: ReturnType<typeof open>[] = [];
  const beganMs = performance.now();
  await eventually(
    "all requests to be made",
    () => {
      while (asked.length < ((performance.now() - beganMs) / 1000) * PER_SECOND) {
        asked.push(open("broken", `192.0.2.${asked.length % 4}`));
      }
      return asked.length >= PER_SECOND * SECONDS;
    },
    SECONDS * 1_000 + 3_000,
  );
  expect(await open("works", "198.51.100.1")).toMatchObject({ ok: true });
  const answers = await Promise.all(asked);
  expect(answers.filter(({ ok }) => ok)).toEqual([]);
  expect(starts()).toBeGreaterThan(0);
  expect(starts()).toBeLessThanOrEqual(12);

  writeFileSync(path.join(folder, "broken.bin"), "content");
  expect(await open("broken", "192.0.2.1")).toMatchObject({ ok: true });
});
