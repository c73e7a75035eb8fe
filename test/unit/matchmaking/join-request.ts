import type { JoinRequest } from "../../../src/join-request.ts";
import { toCrc32 } from "../../../src/shared/index.ts";

/** Of a player without a password. */
export const request: JoinRequest = {
  coreName: "Fake",
  coreVersion: "1",
  crc: toCrc32(1),
  passwordHash: undefined,
  passes: [],
  address: "192.0.2.1",
  port: 5000,
};
