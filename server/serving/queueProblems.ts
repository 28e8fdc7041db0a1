import type { Problem } from "../../src/domain/errors.ts";

/** More waits than is taken. */
export const BUSY: Problem = {
  code: "embedding-busy",
  message: "More texts wait to be embedded than this server takes.",
  hint: "Try again after as many seconds as Retry-After says.",
};

/** It turned out slower than it looked. */
export const TIMEOUT: Problem = {
  code: "embedding-timeout",
  message: "The texts were not embedded in time.",
  hint: "Send fewer texts at once, or try again later.",
};
