// The least that Node can do between two connections: `node pipe.mjs TARGET-PORT` takes connections on a free port,
// which it prints, and joins each with one of its own to TARGET-PORT on this machine.
import { connect, createServer } from "node:net";

const targetPort = Number(process.argv[2]);

const server = createServer({ noDelay: true }, (client) => {
  const target = connect({ port: targetPort, host: "127.0.0.1", noDelay: true });
  for (const [from, to] of [
    [client, target],
    [target, client],
  ]) {
    from.on("error", () => undefined);
    from.once("close", () => to.destroy());
    from.pipe(to);
  }
});
server.listen(0, "127.0.0.1", () => console.log(server.address().port));
