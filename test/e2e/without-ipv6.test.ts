import path from "node:path";
import { expect, it } from "vitest";
import { afterThisTest } from "../helpers/cleanup.ts";
import { Netplayd } from "../helpers/netplayd.ts";
import { joinSmallClient } from "../helpers/players.ts";

const withoutIpv6 = path.resolve(import.meta.dirname, "../fixtures/without-ipv6.py");

it("on a machine without IPv6, :: means every IPv4 address, for players and for doctor", async (context) => {
  const test = afterThisTest(context);
  const everywhere = { host: "::" };
  const server = await Netplayd.prepare(test, {
    netplay: everywhere,
    sessions: everywhere,
    under: ["python3", withoutIpv6],
  });
  const doctor = await server.run("doctor");
  expect(doctor).toMatchObject({ code: 0, stderr: "" });
  expect(doctor.stdout).toContain(`TCP port ${server.netplayPort} on :: is free`);
  await server.serve();
  await joinSmallClient(test, { port: await server.ask(), nick: "ann" });
  await joinSmallClient(test, { port: server.netplayPort, nick: "bob" });
});
