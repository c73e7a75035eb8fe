import { endianness } from "node:os";
import { describe, expect, it } from "vitest";
import { findSocket } from "../../../src/processes/socket-owner.ts";

// Lines of a real machine; addresses are in the machine's own byte order.
const table = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:D8CC 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 4711 1 0000000000000000 100 0 0 10 0
   1: 0100007F:D8CC 0100007F:9C40 01 00000000:00000000 00:00000000 00000000  1000        0 4712 1 0000000000000000 20 4 30 10 -1
   2: 0200007F:9C40 0100007F:D8CC 01 00000000:00000000 00:00000000 00000000 65534        0 4713 1 0000000000000000 20 4 30 10 -1
   3: 0100007F:9C40 0100007F:D8CC 01 00000000:00000000 00:00000000 00000000   106        0 4714 1 0000000000000000 20 4 30 10 -1
   4: 0100007F:9C41 0100007F:D8CC 06 00000000:00000000 03:00001770 00000000     0        0 0 3 0000000000000000
`;

const tunnel = { remoteAddress: "127.0.0.1", remotePort: 0xd8cc };

describe.skipIf(endianness() === "BE")("a connection in the system's table", () => {
  it("is found by both of its ends, and belongs to the process that opened it", () => {
    expect(findSocket(table, { ...tunnel, localAddress: "127.0.0.1", localPort: 0x9c40 })).toEqual({
      uid: 106,
      inode: "4714",
    });
    expect(findSocket(table, { ...tunnel, localAddress: "127.0.0.2", localPort: 0x9c40 })).toEqual({
      uid: 65534,
      inode: "4713",
    });
  });

  it("has no owner when it does not exist, or is already closed", () => {
    expect(findSocket(table, { ...tunnel, localAddress: "127.0.0.3", localPort: 0x9c40 })).toBeUndefined();
    expect(findSocket(table, { ...tunnel, localAddress: "127.0.0.1", localPort: 0x9c41 })).toBeUndefined();
    expect(findSocket("", { ...tunnel, localAddress: "127.0.0.1", localPort: 1 })).toBeUndefined();
  });
});
