import type { Problem } from "../../domain/errors.ts";
import type { RetrievalEvaluation } from "../../domain/evaluation/types.ts";
import type { RunRecord, RunTraceRecord } from "../../domain/run/types.ts";
import type { RunEvent } from "../../domain/training/types.ts";
import type { BaseInfo, TrainOutcome } from "../../worker/engine/protocol.ts";
import type { Judgement } from "./judge.ts";

/** Everything that happens in a run, in order: the engine's own events and what the studio does around them. */
export type TrainingEvent =
  | RunEvent
  | { type: "traced"; trace: RunTraceRecord }
  | { type: "base"; base: BaseInfo }
  | { type: "checkpoint"; step: number }
  | { type: "bm25"; evaluation: RetrievalEvaluation }
  | { type: "scored"; outcome: Omit<TrainOutcome, "checkpoint"> }
  | { type: "judged"; judgement: Judgement }
  | { type: "exported"; artifact: NonNullable<RunRecord["artifact"]> }
  | { type: "ended"; status: "finished" | "stopped" }
  | { type: "failed"; problem: Problem };

export type EmitTraining = (event: TrainingEvent) => void;
