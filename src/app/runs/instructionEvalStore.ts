import { createStore, type StoreApi } from "zustand/vanilla";
import { StudioError, toProblem, type Problem } from "../../domain/errors.ts";
import type { DatasetView, TaskRef } from "../../worker/data/protocol.ts";
import type { BaseRef } from "./ports.ts";
import { scoreLexical, scorePrompt, type PromptPorts, type ScoredPrompt } from "./compareInstructions.ts";
import type { EngineStore } from "../device/store.ts";
import type { LiveRunStore } from "./liveStore.ts";

export type { ScoredPrompt } from "./compareInstructions.ts";

/** What a sentence is tried on; another data set, split or base begins a new list. */
export interface PromptTrial {
  dataset: DatasetView;
  base: BaseRef;
  maxTokens: number;
}

/** Task sentences scored with the untrained base, before any run. */
export interface InstructionEvalState {
  key: string | null;
  status: "idle" | "working" | "failed";
  problem: Problem | null;
  progress: { done: number; total: number } | null;
  queries: number;
  corpus: number;
  /** BM25, the base's own sentence, then the others in the order in which they were tried. */
  lines: ScoredPrompt[];
  /** Whether the lines are about this trial. */
  isOf(trial: PromptTrial): boolean;
  /** Scores a sentence (empty: the base's own), and first what it is measured against. */
  score(trial: PromptTrial, sentence: string): Promise<void>;
  stop(): void;
}
export type InstructionEvalStore = StoreApi<InstructionEvalState>;

const promptKey = ({ dataset, base, maxTokens }: PromptTrial): string =>
  JSON.stringify([dataset.summary.id, dataset.split?.hash, dataset.corpus?.name, base, maxTokens]);

const EMPTY = { problem: null, progress: null, queries: 0, corpus: 0, lines: [] };

export const createInstructionEvalStore = (
  ports: PromptPorts,
  engineStore: EngineStore,
  live: LiveRunStore,
): InstructionEvalStore =>
  createStore<InstructionEvalState>((set, get) => {
    let scoring = new AbortController();

    const prepare = async (trial: PromptTrial): Promise<TaskRef> => {
      const { dataset } = trial;
      if (live.getState().live)
        throw new StudioError("engine-busy", "The engine is training.", "Wait until the run has ended, or stop it.");
      if (!dataset.split)
        throw new StudioError(
          "dataset-undecided",
          "The data set is not split yet.",
          "Make a split on the Data screen.",
        );
      await engineStore.getState().requireBase(trial.base);
      return { dataset: dataset.summary.id };
    };

    return {
      key: null,
      status: "idle",
      ...EMPTY,
      isOf: (trial) => get().key === promptKey(trial),
      async score(trial, sentence) {
        if (get().status === "working") return;
        const key = promptKey(trial);
        if (get().key !== key) set({ key, ...EMPTY });
        const has = (wanted: string | null) => get().lines.find((line) => line.sentence === wanted);
        if (has(sentence)) return;
        set({ status: "working", problem: null, progress: null });
        const { signal } = (scoring = new AbortController());
        try {
          const on = await prepare(trial);
          const add = (line: ScoredPrompt) => {
            const { queries, corpus } = line.evaluation;
            if (get().key === key) set({ lines: [...get().lines, line], queries, corpus });
          };
          const onProgress = (done: number, total: number) => set({ progress: { done, total } });
          if (!has(null)) add(await scoreLexical(on, ports));
          for (const wanted of new Set(["", sentence]))
            if (!has(wanted)) {
              const reading = { instruction: wanted || null, maxTokens: trial.maxTokens };
              add(await scorePrompt(on, reading, has("") ?? null, ports, onProgress, signal));
            }
          set({ status: "idle", progress: null });
        } catch (thrown) {
          const problem = toProblem(thrown);
          set(
            problem.code === "aborted"
              ? { status: "idle", progress: null }
              : { status: "failed", problem, progress: null },
          );
        }
      },
      stop: () => scoring.abort(),
    };
  });
