export { checkSets, createDueMark } from "./check-sets.ts";
