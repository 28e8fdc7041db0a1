import { toProblem } from "../../src/domain/errors.ts";
import {
  retentionFigures,
  retentionOf,
  retentionSentence,
  type RetentionScores,
} from "../../src/domain/retention/index.ts";
import type { Prompts } from "../../src/domain/text/prompts.ts";
import { measureRetention, type LoadedBase, type LoraAdapter } from "../../src/engine/index.ts";
import { generalSetBytes } from "./generalSet.ts";

/** Of commands that measure what a tuned model still knows of everything else. */
export const NO_GENERAL_FLAG = "leaves out what the model still finds of everyday questions (public/general)";

/**
 * What a tuned model finds of the general set beside its base. Nothing else depends on it: where it cannot be measured (the file is missing
 * or was changed, the device is lost), stderr says why and the command goes on.
 * @returns null where it was not measured
 */
export const tryRetention = async (
  base: LoadedBase,
  adapter: LoraAdapter,
  prompts: Prompts,
  bytes: () => Uint8Array = generalSetBytes,
): Promise<RetentionScores | null> => {
  try {
    return await measureRetention(base, { adapter, identity: null }, bytes(), { prompts });
  } catch (thrown) {
    const { message, hint } = toProblem(thrown);
    console.error(`What the model still knows was not measured: ${message} ${hint}`);
    return null;
  }
};

/** The figure and what it means, for stdout. */
export const retentionLines = (scores: RetentionScores): string[] => {
  const retention = retentionOf(scores);
  const figures = retentionFigures(retention);
  return [`${figures.charAt(0).toUpperCase()}${figures.slice(1)}.`, retentionSentence(retention)];
};
