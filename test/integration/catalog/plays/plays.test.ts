import { monitorEventLoopDelay } from "node:perf_hooks";
import Database from "better-sqlite3";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { createPlayRecorder } from "../../../../src/catalog/index.ts";
import { createMemoryLogger } from "../../../../src/logging/index.ts";
import { systemClock } from "../../../../src/shared/index.ts";
import { eventually } from "../../../helpers/eventually.ts";
import { createFixture } from "../../../unit/catalog/catalog-fixture.ts";
import { compileCatalog, type CompiledCatalog } from "../compile-catalog.ts";

let compiled: CompiledCatalog;
beforeAll(() => {
  compiled = compileCatalog();
});
afterAll(() => {
  compiled.remove();
});

/** Time runs ten times as fast. */
const hurried = {
  ...systemClock,
  after: (delayMs: number, callback: () => void) => systemClock.after(delayMs / 10, callback),
};

/** A catalog with one game, and the recorder of the built server. */
async function createRecorder() {
  const { write, scan, catalog, file } = createFixture();
  write("rally.nes", "rally");
  await scan();
  const { logger, lines } = createMemoryLogger("info");
  const workerFile = compiled.url("catalog/plays/play-worker.js");
  const recorder = createPlayRecorder({ file, clock: hurried, logger, workerFile });
  const id = catalog.list()[0]?.id ?? 0;
  return { file, recorder, id, lines, playCount: () => catalog.show(id)?.playCount };
}

/** Another program that writes to the catalog; the function ends it. */
function lock(file: string): () => void {
  const database = new Database(file);
  onTestFinished(() => {
    database.close();
  });
  database.exec("BEGIN IMMEDIATE");
  return () => {
    database.exec("COMMIT");
  };
}

describe("what is played", () => {
  it("is stored soon, with the time of the last play", async () => {
    const { recorder, id, playCount } = await createRecorder();
    recorder.record(id, new Date(1000));
    recorder.record(id, new Date(2000));
    await eventually("two plays", () => playCount() === 2);
    await recorder.close();
  });

  it("waits for another program that writes, without blocking the server", async () => {
    const { file, recorder, id, lines, playCount } = await createRecorder();
    const unlock = lock(file);
    const delays = monitorEventLoopDelay({ resolution: 5 });
    delays.enable();
    recorder.record(id, new Date(1000));
    await eventually("the first attempt has failed", () => lines.length > 0);
    recorder.record(id, new Date(2000));
    delays.disable();
    // A write waits half a second for the lock.
    expect(delays.max / 1e6).toBeLessThan(250);
    expect(lines).toMatchObject([{ entries: 1, msg: "plays could not be recorded yet" }]);
    unlock();
    await eventually("both plays", () => playCount() === 2);
    await recorder.close();
  });

  it("is stored at the end, with a short wait for another program", async () => {
    const { file, recorder, id, playCount } = await createRecorder();
    recorder.record(id, new Date(1000));
    await recorder.close();
    expect(playCount()).toBe(1);
    const other = await createRecorder();
    lock(other.file);
    other.recorder.record(other.id, new Date(1000));
    const startedMs = performance.now();
    await other.recorder.close();
    expect(performance.now() - startedMs).toBeLessThan(3_000);
    expect(other.playCount()).toBe(0);
    expect(file).not.toBe(other.file);
  });
});
