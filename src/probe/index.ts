export { judgeAcceptance, type PlayerSide } from "./judge-acceptance.ts";
export { askInfo, type AskedInfo, type AskFault, type AskInfoOptions } from "./ask-info.ts";
export type { ProbeTarget } from "./conversation.ts";
export { pokeHost, type PokedHost, type PokeFault } from "./poke-host.ts";
