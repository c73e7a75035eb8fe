import { createServer, type AddressInfo } from "node:net";
import { describe, expect, it, onTestFinished } from "vitest";
import { requireSessionPorts } from "../../../src/app/require-session-ports.ts";
import { parseConfig, type Config } from "../../../src/config.ts";
import { createMemoryLogger } from "../../../src/logging/index.ts";

/** Binds a port for the time of the test. */
async function heldPort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}

function sessions(host: string, first: number, last = first): Config["sessions"] {
  const parsed = parseConfig(
    `{ sessions: { host: "${host}", ports: "${first}-${last}" }, cores: [{ name: Fake, library: fake.so }] }`,
    "/",
  );
  if (!parsed.ok) {
    throw new Error("the configuration has no mistake");
  }
  return parsed.value.sessions;
}

describe("at the start", () => {
  it.each([["192.0.2.1"], ["2001:db8::1"], ["no-such-name.invalid"]])(
    "the address %s, which is not this machine's, is told with what to change",
    async (host) => {
      const { logger } = createMemoryLogger("info");
      await expect(requireSessionPorts(sessions(host, 55_500, 55_599), logger)).rejects.toThrow(
        `on ${host} cannot be bound: set sessions.host`,
      );
    },
  );

  it("ports that other programs use are reported, and one free port is enough", async () => {
    const { logger, lines } = createMemoryLogger("info");
    const held = await heldPort();
    await requireSessionPorts(sessions("127.0.0.1", held), logger);
    expect(lines).toMatchObject([{ host: "127.0.0.1", ports: `${held}-${held}` }]);
    expect(String(lines[0]?.msg)).toContain("change sessions.ports");
    await requireSessionPorts(sessions("127.0.0.1", held, Math.min(65_535, held + 20)), logger);
    expect(lines).toHaveLength(1);
  });
});
