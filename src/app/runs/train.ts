import { toProblem, type Problem } from "../../domain/errors.ts";
import type { RunRecord, RunTraceRecord } from "../../domain/run/types.ts";
import type { Tracer } from "../../domain/telemetry/tracer.ts";
import type { RunEvent } from "../../domain/training/types.ts";
import type { BaseInfo, BaseRef, Checkpoint, EngineService, TrainOutcome } from "../../worker/engine/protocol.ts";
import type { Judgement } from "./judge.ts";
import { eventQueue } from "./eventQueue.ts";
import { exportArtifact } from "./exportArtifact.ts";
import type { ArtifactStorage, CheckpointStorage, RunInputs, RunInputsStorage, WakeLock } from "./ports.ts";
import { traceRun } from "./trace.ts";

/** What a run needs from outside. */
export interface TrainPorts {
  engine: Pick<EngineService, "train" | "checkpoint" | "exportArtifact">;
  /** Brings the base into the engine's memory; rejects with a `StudioError`. */
  loadBase(base: BaseRef): Promise<BaseInfo>;
  inputs: RunInputsStorage;
  checkpoints: CheckpointStorage;
  artifacts: ArtifactStorage;
  wakeLock: WakeLock;
  judge(run: RunRecord, outcome: TrainOutcome): Promise<Judgement>;
  tracer: Tracer;
  /** Milliseconds. */
  now(): number;
}

/** Everything that happens in a run, in order: the engine's own events and what the studio does around them. */
export type TrainingEvent =
  | RunEvent
  | { type: "traced"; trace: RunTraceRecord }
  | { type: "base"; base: BaseInfo }
  | { type: "checkpoint"; step: number }
  | { type: "scored"; outcome: Omit<TrainOutcome, "checkpoint"> }
  | { type: "judged"; judgement: Judgement }
  | { type: "exported"; artifact: NonNullable<RunRecord["artifact"]> }
  | { type: "ended"; status: "finished" | "stopped" }
  | { type: "failed"; problem: Problem };

/** Between two saved checkpoints; at most this much work is lost with the tab. */
const CHECKPOINT_MS = 15_000;

const TAB_HIDDEN: TrainingEvent = {
  type: "warning",
  code: "tab-hidden",
  message: "The studio is in the background, where a browser slows work down and may put it to sleep.",
  hint: "Keep it in front, in a window of its own. The state up to here is saved; training goes on from it whatever happens.",
};

/**
 * Runs a plan to its end: inputs kept, base loaded, training with checkpoints, verdict, artifact. Never throws: a
 * failure is the last event. `run.steps` says from where a resumed run goes on.
 */
export async function* train(
  run: RunRecord,
  inputs: RunInputs,
  resumeFrom: Checkpoint | null,
  ports: TrainPorts,
): AsyncGenerator<TrainingEvent> {
  const trace = traceRun(run, ports.tracer);
  try {
    yield { type: "traced", trace: trace.record };
    for await (const event of undertake(run, inputs, resumeFrom, ports)) {
      const before = trace.record;
      trace.saw(event);
      if (trace.record !== before) yield { type: "traced", trace: trace.record };
      yield event;
    }
  } finally {
    trace.close();
    void ports.tracer.flush();
  }
}

/** The run itself, untraced. */
async function* undertake(
  run: RunRecord,
  inputs: RunInputs,
  resumeFrom: Checkpoint | null,
  ports: TrainPorts,
): AsyncGenerator<TrainingEvent> {
  let release = async (): Promise<void> => undefined;
  const hidden = { callback: (): void => undefined };
  try {
    release = await ports.wakeLock.acquire(() => hidden.callback());
    await ports.inputs.save(run.id, inputs);
    yield { type: "base", base: await ports.loadBase(inputs.base) };
    const outcome = yield* underway(run, inputs, resumeFrom, ports, hidden);
    await ports.checkpoints.save(outcome.checkpoint);
    const { checkpoint, ...scores } = outcome;
    yield { type: "checkpoint", step: checkpoint.step };
    yield { type: "scored", outcome: scores };
    yield { type: "judged", judgement: await ports.judge(run, outcome) };
    yield { type: "stage", stage: "export", done: 0, total: 1, etaSeconds: null };
    yield { type: "exported", artifact: await exportArtifact(run, outcome.baseline, outcome.tuned, ports) };
    yield { type: "ended", status: outcome.finished ? "finished" : "stopped" };
  } catch (thrown) {
    yield { type: "failed", problem: toProblem(thrown) };
  } finally {
    await release();
  }
}

/** The engine's part, with a checkpoint every {@link CHECKPOINT_MS}, at every pause and when the page goes to the background. */
async function* underway(
  run: RunRecord,
  inputs: RunInputs,
  resumeFrom: Checkpoint | null,
  ports: TrainPorts,
  hidden: { callback(): void },
): AsyncGenerator<TrainingEvent, TrainOutcome> {
  const queue = eventQueue<TrainingEvent>();
  let outcome: TrainOutcome | null = null;
  let failure: { thrown: unknown } | null = null;
  let saving: Promise<void> | null = null;
  let savedAt = ports.now();

  const save = async () => {
    const checkpoint = await ports.engine.checkpoint();
    if (checkpoint) {
      await ports.checkpoints.save(checkpoint);
      queue.push({ type: "checkpoint", step: checkpoint.step });
    }
    savedAt = ports.now();
  };
  const keep = () => {
    saving ??= save()
      .catch((thrown: unknown) => {
        savedAt = ports.now();
        queue.push({ type: "warning", ...toProblem(thrown) });
      })
      .finally(() => (saving = null));
  };
  const onEvent = (event: RunEvent) => {
    queue.push(event);
    if (event.type === "paused" || (event.type === "step" && ports.now() - savedAt >= CHECKPOINT_MS)) keep();
  };
  let told = false;
  hidden.callback = () => {
    if (!told) queue.push(TAB_HIDDEN);
    told = true;
    keep();
  };

  const { hyperparameters, instruction, task } = run;
  const work = ports.engine
    .train(
      {
        runId: run.id,
        examples: inputs.examples,
        dev: inputs.dev,
        test: task,
        hyperparameters,
        instruction: instruction === "" ? null : instruction,
        resumeFrom,
      },
      onEvent,
    )
    .then(
      (done) => void (outcome = done),
      (thrown: unknown) => void (failure = { thrown }),
    )
    .then(() => saving)
    .finally(() => queue.close());

  for await (const event of queue) yield event;
  await work;
  if (failure) throw (failure as { thrown: unknown }).thrown;
  return outcome!;
}
