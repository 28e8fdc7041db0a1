import { CUT } from "../../domain/documents/index.ts";
import { StudioError } from "../../domain/errors.ts";
import type { FilterThresholds } from "../../domain/questions/filters/thresholds.ts";
import type { EngineService } from "../../worker/engine/protocol.ts";
import type { Embedder, FilteringProgress, QuestionsService, QuestionsView } from "../../worker/questions/protocol.ts";
import { lend } from "../../worker/rpc.ts";
import type { EngineStore } from "../device/store.ts";
import type { LiveRunStore } from "../runs/liveStore.ts";
import type { BaseRef } from "../runs/ports.ts";

/** Tokens of a passage, and room for a prompt. */
const MAX_TOKENS = 2 * CUT.size;

/**
 * Filters the written questions with the base's eyes: the engine embeds a piece at a time for the questions worker.
 *
 * @throws StudioError `engine-busy` while a run is under way
 */
export const filterByBase = async (
  ports: {
    questions: QuestionsService;
    engine: Pick<EngineService, "embed">;
    base(): BaseRef;
    engineStore: EngineStore;
    live: LiveRunStore;
  },
  thresholds: FilterThresholds,
  onProgress: (progress: FilteringProgress) => void,
  signal: AbortSignal,
): Promise<QuestionsView> => {
  if (ports.live.getState().live)
    throw new StudioError("engine-busy", "The engine is training.", "Filter when the run has ended, or stop it.");
  const base = ports.base();
  await ports.engineStore.getState().requireBase(base);
  const reading = { instruction: null, maxTokens: MAX_TOKENS };
  const embedder: Embedder = { embed: (texts, kind) => ports.engine.embed(texts, kind, "baseline", 1, reading) };
  const lent = lend(embedder);
  try {
    return await ports.questions.filter(lent.port, { thresholds, base }, onProgress, signal);
  } finally {
    lent.close();
  }
};
