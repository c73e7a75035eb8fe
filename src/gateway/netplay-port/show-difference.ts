import { COMMAND, encodeCommand, encodeInfo, type Info } from "../../netplay/index.ts";
import type { GatewayContext } from "../gateway-context.ts";
import type { MessageReader } from "../net/index.ts";

/**
 * There is no room. RetroArch names the difference when it is shown another INFO. It takes a connection that is closed now for
 * a wrong password, so the client is left to give up itself.
 */
export function showDifference(
  reader: MessageReader,
  show: Info | undefined,
  { clock, limits }: Pick<GatewayContext, "clock" | "limits">,
): void {
  const { connection } = reader;
  reader.release();
  connection.read({ data: () => undefined, closed: () => undefined });
  if (show !== undefined) {
    connection.write(encodeCommand(COMMAND.info, encodeInfo(show)));
  }
  const patience = clock.after(limits.noRoomMs, () => {
    connection.finish(limits.lingerMs);
  });
  void connection.gone.then(() => {
    patience.cancel();
  });
}
