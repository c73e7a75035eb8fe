export {
  type AnnouncedGame,
  verifyEntries,
  type VerifyOne,
  type VerifyOptions,
  type VerifyReport,
} from "./verify.ts";
