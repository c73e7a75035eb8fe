export { checkRoom } from "./check-room.ts";
export { askInfo, type AskFault, type AskInfoOptions } from "./ask-info.ts";
export type { ProbeTarget } from "./conversation.ts";
export type { PlayerSide } from "./judge-acceptance.ts";
export { pokeHost, type PokedHost, type PokeFault } from "./poke-host.ts";
