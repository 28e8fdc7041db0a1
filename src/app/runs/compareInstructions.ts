import { headlineOf, judgeInstruction, type InstructionResult } from "../../domain/evaluation/index.ts";
import type { Comparison, RetrievalEvaluation, RetrievalTask } from "../../domain/evaluation/types.ts";
import type { EngineService, Reading } from "../../worker/engine/protocol.ts";
import { compareModel, type ComparePorts, type MetricIntervals } from "../comparison/compareRuns.ts";

/** A line of the instruction lab: BM25, the base with its own prompt, or the base with another sentence. */
export interface ScoredPrompt {
  /** Null for BM25; empty for the base's own sentence. */
  sentence: string | null;
  evaluation: RetrievalEvaluation;
  intervals: MetricIntervals;
  /** Against the base's own sentence; null for the lines that are no other sentence. */
  against: { comparison: Comparison; result: InstructionResult } | null;
}

export interface PromptPorts extends ComparePorts {
  bm25(task: RetrievalTask): Promise<RetrievalEvaluation>;
  engine: Pick<EngineService, "evaluate">;
}

/** The metric by which a sentence wins. */

/** The lexical line. */
export const scoreLexical = async (task: RetrievalTask, ports: PromptPorts): Promise<ScoredPrompt> => {
  const evaluation = await ports.bm25(task);
  const { intervals } = await compareModel(task, null, evaluation, ports);
  return { sentence: null, evaluation, intervals, against: null };
};

/** Scores the untrained base with a sentence; `own` is the base's own line, null when this is it. */
export const scorePrompt = async (
  task: RetrievalTask,
  { instruction, maxTokens }: Reading,
  own: ScoredPrompt | null,
  ports: PromptPorts,
  onProgress: (done: number, total: number) => void,
  signal: AbortSignal,
): Promise<ScoredPrompt> => {
  const request = { task, which: "baseline", instruction, maxTokens } as const;
  const evaluation = await ports.engine.evaluate(request, onProgress, signal);
  const { comparisons, intervals } = await compareModel(task, own?.evaluation ?? null, evaluation, ports);
  const comparison = headlineOf(comparisons);
  return {
    sentence: instruction ?? "",
    evaluation,
    intervals,
    against: comparison ? { comparison, result: judgeInstruction(comparison) } : null,
  };
};
