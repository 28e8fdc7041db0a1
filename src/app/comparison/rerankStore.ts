import { createStore, type StoreApi } from "zustand/vanilla";
import { toProblem, type Problem } from "../../domain/errors.ts";
import type { Reranked } from "../../domain/evaluation/index.ts";
import type { RunResults, WholeRun } from "../../domain/run/types.ts";
import type { Pipeline } from "./pipeline.ts";
import { rerankRun, type RerankPorts } from "./rerankRun.ts";

export type Reranking = { status: "working"; done: number; total: number } | { status: "failed"; problem: Problem };

/** The reranked lines of runs while they are made; what is done is kept with the run's results. */
export interface RerankState {
  /** By run id. */
  working: Record<string, Reranking>;
  /** Reranks the first `depth` passages of both hybrid lines, unless that is under way. */
  rerank(run: WholeRun, pipeline: Pipeline, depth: number): Promise<void>;
  /** Gives up; nothing is kept. */
  stop(): void;
}
export type RerankStore = StoreApi<RerankState>;

export interface RerankStorePorts extends RerankPorts {
  save(runId: string, results: RunResults): Promise<void>;
  onUnauthorized(): void;
}

export const createRerankStore = (ports: RerankStorePorts): RerankStore =>
  createStore<RerankState>((set, get) => {
    let stopping = new AbortController();
    const put = (runId: string, value: Reranking | null) => {
      const { [runId]: _, ...others } = get().working;
      set({ working: value ? { ...others, [runId]: value } : others });
    };
    return {
      working: {},
      async rerank(run, pipeline, depth) {
        if (get().working[run.id]?.status === "working") return;
        const mine = (stopping = new AbortController());
        const onProgress = (done: number, total: number) => put(run.id, { status: "working", done, total });
        try {
          const reranked: Reranked = await rerankRun(run, pipeline, depth, ports, onProgress, mine.signal);
          const { baseline, tuned, bm25 } = run;
          await ports.save(run.id, { baseline, tuned, bm25, reranked });
          put(run.id, null);
        } catch (thrown) {
          const problem = toProblem(thrown);
          if (problem.code === "unauthorized") ports.onUnauthorized();
          put(run.id, mine.signal.aborted ? null : { status: "failed", problem });
        }
      },
      stop: () => stopping.abort(),
    };
  });
