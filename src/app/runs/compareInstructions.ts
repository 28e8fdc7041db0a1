import { headlineOf, judgeInstruction, type InstructionResult } from "../../domain/evaluation/index.ts";
import type { Comparison, RetrievalEvaluation } from "../../domain/evaluation/types.ts";
import type { DataService, TaskRef } from "../../worker/data/protocol.ts";
import type { EngineService, Reading } from "../../worker/engine/protocol.ts";
import { compareModel, type MetricIntervals } from "../comparison/compareRuns.ts";

/** A line of the instruction lab: BM25, the base with its own prompt, or the base with another sentence. */
export interface ScoredPrompt {
  /** Null for BM25; empty for the base's own sentence. */
  sentence: string | null;
  evaluation: RetrievalEvaluation;
  intervals: MetricIntervals;
  /** Against the base's own sentence; null for the lines that are no other sentence. */
  against: { comparison: Comparison; result: InstructionResult } | null;
}

export interface PromptPorts {
  data: Pick<DataService, "task" | "bm25" | "compare">;
  engine: Pick<EngineService, "evaluate">;
}

/** The lexical line. */
export const scoreLexical = async (task: TaskRef, { data }: PromptPorts): Promise<ScoredPrompt> => {
  const evaluation = await data.bm25(task);
  const { intervals } = await compareModel([], null, evaluation, data);
  return { sentence: null, evaluation, intervals, against: null };
};

/** Scores the untrained base with a sentence; `own` is the base's own line, null when this is it. */
export const scorePrompt = async (
  task: TaskRef,
  { instruction, maxTokens }: Reading,
  own: ScoredPrompt | null,
  { data, engine }: PromptPorts,
  onProgress: (done: number, total: number) => void,
  signal: AbortSignal,
): Promise<ScoredPrompt> => {
  const { task: sealed } = await data.task(task);
  const request = { which: "baseline", instruction, maxTokens } as const;
  const evaluation = await engine.evaluate(request, sealed, onProgress, signal);
  const { comparisons, intervals } = await compareModel([], own?.evaluation ?? null, evaluation, data);
  const comparison = headlineOf(comparisons);
  return {
    sentence: instruction ?? "",
    evaluation,
    intervals,
    against: comparison ? { comparison, result: judgeInstruction(comparison) } : null,
  };
};
