import { StudioError } from "../../src/domain/errors.ts";

/** Bad flags, paths or files: the person can mend the command. */
export class UsageError extends StudioError {}

/** Exit codes: 2 for what the person can mend, 1 for everything else. */
export const report = (thrown: unknown): number => {
  if (thrown instanceof StudioError) {
    console.error(`\n${thrown.message}\n${thrown.hint}`);
    return MENDABLE.test(thrown.code) || thrown instanceof UsageError ? 2 : 1;
  }
  console.error(thrown);
  return 1;
};

/** Codes of bad input; what is left is the device's or our own fault. */
const MENDABLE =
  /^(dataset|model|config|weights|tensor|safetensors|adapter|tokenizer|matryoshka|manifest|export-type|disk)-/;
