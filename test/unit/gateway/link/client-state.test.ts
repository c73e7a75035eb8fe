import { describe, expect, it } from "vitest";
import { ClientState } from "../../../../src/gateway/link/client-state.ts";
import { COMMAND } from "../../../../src/netplay/index.ts";

/** A client that plays from frame 100 on. */
function player(): ClientState {
  const state = new ClientState();
  state.heard({ type: "host-identified", protocol: 6, implementation: 0 });
  state.heard({ type: "mode", playing: true, slave: false, ports: [1], frame: 100 });
  return state;
}

function mode(playing: boolean, frame: number): Parameters<ClientState["heard"]>[0] {
  return { type: "mode", playing, slave: false, ports: playing ? [1] : [], frame };
}

describe("a client that gives its pad back", () => {
  it("is leaving from its SPECTATE until its host has passed the frame from which it watches", () => {
    const state = player();
    expect(state.isLeavingPlay).toBe(false);
    state.told(COMMAND.spectate);
    expect(state.isLeavingPlay).toBe(true);
    state.heard(mode(false, 150));
    state.heard({ type: "frame", frame: 150 });
    expect(state.isLeavingPlay).toBe(true);
    state.heard({ type: "frame", frame: 151 });
    expect(state.isLeavingPlay).toBe(false);
  });

  it("is not leaving any more when it plays again", () => {
    const state = player();
    state.told(COMMAND.spectate);
    state.heard(mode(false, 150));
    state.told(COMMAND.play);
    state.heard(mode(true, 152));
    expect(state.isLeavingPlay).toBe(false);
  });
});
