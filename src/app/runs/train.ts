import { toProblem } from "../../domain/errors.ts";
import type { RunRecord } from "../../domain/run/types.ts";
import type { RunEvent } from "../../domain/training/types.ts";
import type { DataService } from "../../worker/data/protocol.ts";
import type { BaseInfo, BaseRef, Checkpoint, EngineService } from "../../worker/engine/protocol.ts";
import type { EmitTraining, TrainingEvent } from "./events.ts";
import { exportArtifact } from "./exportArtifact.ts";
import { judge } from "./judge.ts";
import type { ArtifactStorage, CheckpointStorage, WakeLock } from "./ports.ts";

/** What a run needs from outside. */
export interface TrainPorts {
  engine: Pick<EngineService, "train" | "checkpoint" | "exportArtifact">;
  /** Brings the base into the engine's memory; rejects with a `StudioError`. */
  loadBase(base: BaseRef): Promise<BaseInfo>;
  data: Pick<DataService, "runTexts" | "bm25" | "compare">;
  checkpoints: CheckpointStorage;
  artifacts: ArtifactStorage;
  wakeLock: WakeLock;
  /** Milliseconds. */
  now(): number;
}

/** Between two saved checkpoints; at most this much work is lost with the tab. */
const CHECKPOINT_MS = 15_000;

const TAB_HIDDEN: TrainingEvent = {
  type: "warning",
  code: "tab-hidden",
  message: "The studio is in the background, where a browser slows work down and may put it to sleep.",
  hint: "Keep it in front, in a window of its own. The state up to here is saved; training goes on from it whatever happens.",
};

/** A run from its start, or from a checkpoint, to its end. Never rejects: a failure is the last event. */
export type Train = (
  run: RunRecord,
  base: BaseRef,
  resumeFrom: Checkpoint | null,
  ports: TrainPorts,
  emit: EmitTraining,
) => Promise<void>;

/** Base loaded, training with checkpoints, verdict, artifact. */
export const train: Train = async (run, base, resumeFrom, ports, emit) => {
  const keeper = checkpointKeeper(ports, emit);
  let release = async (): Promise<void> => undefined;
  try {
    release = await ports.wakeLock.acquire(keeper.onHidden);
    emit({ type: "base", base: await ports.loadBase(base) });
    const { hyperparameters, instruction } = run;
    const texts = await ports.data.runTexts({ run: run.id });
    // It needs no model: people see the line to beat while the baseline is still being scored.
    const lexical = ports.data.bm25({ run: run.id, side: "test" }).then((evaluation) => {
      emit({ type: "bm25", evaluation });
      return evaluation;
    });
    lexical.catch(() => undefined); // told when the verdict needs it
    const outcome = await ports.engine.train(
      {
        runId: run.id,
        hyperparameters,
        instruction: instruction === "" ? null : instruction,
        resumeFrom,
      },
      texts,
      (event) => {
        emit(event);
        keeper.saw(event);
      },
    );
    await keeper.settled();
    const { checkpoint, ...scores } = outcome;
    await ports.checkpoints.save(checkpoint);
    emit({ type: "checkpoint", step: checkpoint.step });
    emit({ type: "scored", outcome: scores });
    emit({ type: "judged", judgement: await judge(lexical, outcome, ports.data) });
    emit({ type: "stage", stage: "export", done: 0, total: 1, etaSeconds: null });
    emit({ type: "exported", artifact: await exportArtifact(run, outcome.baseline, outcome.tuned, ports) });
    emit({ type: "ended", status: outcome.finished ? "finished" : "stopped" });
  } catch (thrown) {
    await keeper.settled();
    emit({ type: "failed", problem: toProblem(thrown) });
  } finally {
    await release();
  }
};

/** Saves a checkpoint every {@link CHECKPOINT_MS}, at every pause and when the page goes to the background; one at a time. */
const checkpointKeeper = (ports: TrainPorts, emit: EmitTraining) => {
  let saving: Promise<void> | null = null;
  let savedAt = ports.now();
  let told = false;

  const save = async () => {
    const checkpoint = await ports.engine.checkpoint();
    if (!checkpoint) return;
    await ports.checkpoints.save(checkpoint);
    emit({ type: "checkpoint", step: checkpoint.step });
  };
  const keep = () => {
    saving ??= save()
      .catch((thrown: unknown) => emit({ type: "warning", ...toProblem(thrown) }))
      .finally(() => {
        savedAt = ports.now();
        saving = null;
      });
  };
  return {
    saw(event: RunEvent): void {
      if (event.type === "paused" || (event.type === "step" && ports.now() - savedAt >= CHECKPOINT_MS)) keep();
    },
    onHidden(): void {
      if (!told) emit(TAB_HIDDEN);
      told = true;
      keep();
    },
    /** Resolves when no save is under way. */
    settled: async (): Promise<void> => (await saving) ?? undefined,
  };
};
