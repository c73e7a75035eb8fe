// The minimum for Node between two connections: `node pipe.mjs TARGET-PORT…` listens on a free port for each target
// port, prints them, and joins each connection with one of its own to that target port of this machine.
import { once } from "node:events";
import { connect, createServer } from "node:net";

const ports = [];
for (const targetPort of process.argv.slice(2)) {
  const server = createServer({ noDelay: true }, (client) => {
    const target = connect({ port: Number(targetPort), host: "127.0.0.1", noDelay: true });
    for (const [from, to] of [
      [client, target],
      [target, client],
    ]) {
      from.on("error", () => undefined);
      from.once("close", () => to.destroy());
      from.pipe(to);
    }
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  ports.push(server.address().port);
}
console.log(JSON.stringify(ports));
