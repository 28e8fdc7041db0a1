import { byteAdvice, byteCurveCsv, type ByteCurve, byteNotes } from "../../domain/evaluation/index.ts";
import type { RunRecord } from "../../domain/run/types.ts";
import type { DataService } from "../../worker/data/protocol.ts";
import type { EngineService } from "../../worker/engine/protocol.ts";

/** What bytes buy for a run, with what to say about it. */
export interface RunBytes extends ByteCurve {
  advice: string;
  notes: string[];
  /** For other tools. */
  csv: string;
}

/** Scores a run's embeddings in every form on the dev queries, from one pass. The engine must hold the run's base and adapter. */
export const weighRun = async (
  { id, instruction, hyperparameters: { maxTokens } }: RunRecord,
  { data, engine }: { data: Pick<DataService, "task">; engine: Pick<EngineService, "weighBytes"> },
  onProgress: (done: number, total: number) => void,
  signal: AbortSignal,
): Promise<RunBytes> => {
  const { task } = await data.task({ run: id, side: "dev" });
  const curve = await engine.weighBytes({ instruction: instruction || null, maxTokens }, task, onProgress, signal);
  return { ...curve, advice: byteAdvice(curve), notes: byteNotes(curve), csv: byteCurveCsv(curve) };
};
