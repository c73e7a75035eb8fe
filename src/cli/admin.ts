import path from "node:path";
import { createAdminClient, SOCKET_NAME, type AdminClient, type AdminFailure } from "../admin/index.ts";
import { CommandFailure, exitCodes } from "./exit-codes.ts";
import { loadConfig } from "./load-config.ts";

/** Speaks to the server of this configuration. @throws CommandFailure when there is no configuration. */
export function connectAdmin(config: string | undefined): AdminClient {
  return createAdminClient(path.join(loadConfig(config).data, SOCKET_NAME));
}

/** @throws CommandFailure that says why there is no answer. */
export function unwrap<T>(result: { ok: true; value: T } | { ok: false; reason: AdminFailure }): T {
  if (result.ok) {
    return result.value;
  }
  throw new CommandFailure(exitCodes.failed, explanations[result.reason]);
}

const explanations: Record<AdminFailure, string> = {
  "not-running": "No netplayd is running with this configuration.",
  "permission-denied": "Only the user who runs netplayd (and root) may talk to it.",
  "no-such-session": "There is no such session; `netplayd sessions` lists them.",
  "ambiguous-id": "Several sessions begin like that: give more of the id.",
  "no-such-client": "Nobody of that name is in the session; `netplayd sessions` lists the players.",
};
