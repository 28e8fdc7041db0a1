import { createStore, type StoreApi } from "zustand/vanilla";
import { toProblem, type Problem } from "../../domain/errors.ts";
import type { DatasetsStore } from "../datasets/state.ts";
import { imported, takeImported, type Imported, type Taking } from "./imported.ts";
import type { FeedbackClient } from "./ports.ts";

/** Pairs from what was said about searches, and the way in which the page says it. */
export interface FeedbackState {
  status: "idle" | "loading" | "ready" | "failed";
  problem: Problem | null;
  result: Imported | null;
  /** Judgements on passages that have another text by now. */
  outdated: number;
  load(): Promise<void>;
  take(taking: Taking): Promise<void>;
  /** Sends a thumb on a result of a search that the server keeps. */
  say(searchId: string, chunkId: string, judgement: "good" | "bad" | "withdrawn"): Promise<void>;
}
export type FeedbackStore = StoreApi<FeedbackState>;

const NAME = "feedback.jsonl";
/** Who the page says it is. */
const SOURCE = "playground";

export const createFeedbackStore = (
  client: FeedbackClient,
  datasets: DatasetsStore,
  onUnauthorized: () => void,
): FeedbackStore =>
  createStore<FeedbackState>((set, get) => {
    const asked = async <T>(work: Promise<T>): Promise<T> => {
      try {
        return await work;
      } catch (thrown) {
        if (toProblem(thrown).code === "unauthorized") onUnauthorized();
        throw thrown;
      }
    };
    return {
      status: "idle",
      problem: null,
      result: null,
      outdated: 0,
      async load() {
        set({ status: "loading", problem: null });
        try {
          const { pairs, counts, outdated, provenance } = await asked(client.pairs());
          const judged = pairs.map(({ query, positive, negatives, judged_at, source_ids }) => ({
            query,
            positives: positive,
            negatives,
            judgedAt: judged_at,
            sources: source_ids,
          }));
          set({ status: "ready", outdated, result: imported({ name: NAME, pairs: judged, counts, provenance }) });
        } catch (thrown) {
          set({ status: "failed", problem: toProblem(thrown) });
        }
      },
      async take(taking) {
        const { result } = get();
        if (!result) return;
        await takeImported(datasets, result, taking);
        set({ status: "idle", result: null });
      },
      say: (search_id, chunk_id, judgement) => asked(client.send({ search_id, chunk_id, judgement, source: SOURCE })),
    };
  });
