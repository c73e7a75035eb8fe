import path from "node:path";
import { createAdminClient, SOCKET_NAME, type AdminClient, type AdminFailure } from "../admin/index.ts";
import { fail, type Result } from "../shared/index.ts";
import { unwrap } from "./exit-codes.ts";
import { loadConfig } from "./load-config.ts";
import type { ConfigOptions } from "./options.ts";

/** Asks the server of this configuration. @throws CommandFailure that says why there is no answer. */
export async function askServer<T>(
  { config }: ConfigOptions,
  ask: (server: AdminClient) => Promise<Result<T, AdminFailure>>,
): Promise<T> {
  const answer = await ask(createAdminClient(path.join(loadConfig(config).data, SOCKET_NAME)));
  return unwrap(answer.ok ? answer : fail(explanations[answer.reason]));
}

const explanations: Record<AdminFailure, string> = {
  "not-running": "No netplayd is running with this configuration.",
  "permission-denied": "Only the user who runs netplayd (and root) may talk to it.",
  "no-such-session": "There is no such session; `netplayd sessions` lists them.",
  "ambiguous-id": "Several sessions begin like that: give more of the id.",
  "no-such-client": "Nobody of that name is in the session; `netplayd sessions` lists the players.",
};
