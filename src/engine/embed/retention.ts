import type { EmbeddingCache } from "../../domain/embeddingCache.ts";
import {
  GENERAL_SET,
  generalTask,
  keptBaseline,
  readGeneralSet,
  scoresOf,
  type RetentionScores,
} from "../../domain/retention/index.ts";
import type { Prompts } from "../../domain/text/prompts.ts";
import type { LoadedBase } from "../model/base.ts";
import { ENGINE_VERSION } from "../version.ts";
import type { FixedModel } from "./embedCached.ts";
import { evaluateModel } from "./evaluate.ts";

export interface RetentionOptions {
  /** Those of the tuned model; both sides are read with them, so that the weights alone make the difference. */
  prompts: Prompts;
  /** Where embeddings are kept; none where they are not. */
  cache?: EmbeddingCache;
  /** Texts embedded, and texts in all. */
  onProgress?: (done: number, total: number) => void;
  signal?: AbortSignal;
}

/**
 * Scores a tuned model and its base on the general set. A bundled base with its own prompts was scored before.
 *
 * @param set  the file of the general set
 * @throws StudioError `general-set-damaged`
 */
export const measureRetention = async (
  base: LoadedBase,
  { adapter, identity }: FixedModel,
  set: Uint8Array,
  { prompts, cache, onProgress, signal }: RetentionOptions,
): Promise<RetentionScores> => {
  const task = generalTask(readGeneralSet(set));
  const own = prompts.query === base.prompts.query && prompts.document === base.prompts.document;
  const kept = own ? keptBaseline(base.model.weights.sha256, ENGINE_VERSION) : null;
  const texts = task.queries.length + task.corpus.length;
  const total = kept ? texts : 2 * texts;
  const score = async (of: FixedModel, label: string, before: number): Promise<number[]> =>
    scoresOf(
      await evaluateModel(base, of.adapter, task, {
        label,
        prompts,
        maxTokens: Math.min(GENERAL_SET.maxTokens, base.config.maxPositions),
        cached: cache ? { cache, identity: of.identity } : null,
        onProgress: (done) => onProgress?.(before + done, total),
        signal,
      }),
    );
  const tuned = await score({ adapter, identity }, "tuned", 0);
  const baseline = kept ?? (await score({ adapter: null, identity: null }, "baseline", texts));
  return { set: GENERAL_SET.sha256, baseline, tuned };
};
