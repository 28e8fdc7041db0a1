import { headlineOf } from "../../domain/evaluation/index.ts";
import type { RunRecord, RunTraceRecord } from "../../domain/run/types.ts";
import { ATTRIBUTE, slug, type SpanName } from "../../domain/telemetry/attributes.ts";
import type { RunningSpan, SpanAttributes, Tracer } from "../../domain/telemetry/tracer.ts";
import { sha256Text } from "../../domain/text/index.ts";
import { promptsFor } from "../../domain/text/prompts.ts";
import type { BaseInfo } from "../../worker/engine/protocol.ts";
import type { TrainingEvent } from "./events.ts";
import type { Train } from "./train.ts";

/** At most about so many steps of a run become spans: the first, the last, and evenly between. */
export const STEP_SPANS = 50;

/** Follows a run from its events; nothing of it can fail the run. */
export interface RunTrace {
  /** What the record keeps; another object after each change. */
  readonly record: RunTraceRecord;
  /** Takes the next event, before anyone else sees it. */
  saw(event: TrainingEvent): void;
  /** Ends what is open; without effect after the run's last event. */
  close(): void;
}

/** The stages that are spans, and the parts of the run that measure a model. */
const STAGE_SPANS: Partial<Record<string, SpanName>> = {
  "self-test": "training.self-test",
  baseline: "evaluation.run",
  evaluate: "evaluation.run",
  export: "artifact.export",
};

/**
 * The spans of a run: `training.run` with self-test, thinned steps, both evaluations and the export under it. A resumed
 * run goes on in the trace of the one before. Ids, hashes and numbers only.
 */
export const traceRun = (run: RunRecord, tracer: Tracer, now: () => number = Date.now): RunTrace => {
  const data = {
    [ATTRIBUTE.runId]: run.id,
    [ATTRIBUTE.datasetHash]: run.dataset.fingerprint,
    [ATTRIBUTE.splitHash]: run.splitHash,
  };
  const root = tracer.start(
    "training.run",
    // Also of a run that is resumed: the root before it may never have been sent.
    { [ATTRIBUTE.observationType]: "span", [ATTRIBUTE.appRoot]: true, ...data },
    run.trace?.traceparent ?? null,
  );
  let record: RunTraceRecord = {
    traceparent: run.trace?.traceparent ?? root.traceparent,
    promptHash: run.trace?.promptHash ?? null,
    evaluated: null,
    url: null,
  };
  let base: BaseInfo | null = null;
  let closed = false;
  /** Ended in time, but kept open for what is known only later: tokens, verdict, fingerprint. */
  const stages: { stage: string; span: RunningSpan; startedAt: number; endedAt: number | null }[] = [];
  let tokens = 0;
  let steps = 0;
  let steppedAt = now();

  const model = (): SpanAttributes =>
    base
      ? {
          [ATTRIBUTE.modelName]: base.id,
          [ATTRIBUTE.modelId]: base.id,
          [ATTRIBUTE.baseRevision]: base.revision,
          [ATTRIBUTE.dimension]: base.dim,
          [ATTRIBUTE.promptHash]: record.promptHash ?? undefined,
        }
      : {};
  const leave = (): void => {
    const last = stages.at(-1);
    if (last) last.endedAt ??= now();
  };
  const enter = (stage: string): void => {
    const last = stages.at(-1);
    if (last?.stage === stage && last.endedAt === null) return;
    leave();
    const name = STAGE_SPANS[stage];
    if (!name) return;
    const measures = stage === "baseline" || stage === "evaluate";
    const span = root.child(name, {
      [ATTRIBUTE.observationType]: measures ? "evaluator" : "span",
      ...data,
      ...model(),
      ...(measures ? { [ATTRIBUTE.queries]: run.test.queries, [ATTRIBUTE.documents]: run.test.documents } : {}),
      ...(stage === "baseline"
        ? { [ATTRIBUTE.modelRole]: "baseline", [ATTRIBUTE.modelFingerprint]: base?.sha256 }
        : {}),
      ...(stage === "evaluate" || stage === "export" ? { [ATTRIBUTE.modelRole]: "tuned" } : {}),
    });
    stages.push({ stage, span, startedAt: now(), endedAt: null });
  };
  const setOn = (names: readonly string[], attributes: SpanAttributes): void => {
    for (const { stage, span } of stages) if (names.includes(stage)) span.set(attributes);
  };
  const usage = (count: number | undefined): SpanAttributes => ({
    [ATTRIBUTE.usage]: count === undefined ? undefined : JSON.stringify({ input: count, total: count }),
  });
  const close = (error?: unknown): void => {
    if (closed) return;
    closed = true;
    // What had come to its end before is no part of the failure.
    for (const { span, endedAt } of stages) span.end(endedAt === null ? error : undefined, endedAt ?? now());
    root.set({ [ATTRIBUTE.step]: steps, ...usage(tokens > 0 ? tokens : undefined) });
    root.end(error);
  };

  const step = ({ report }: Extract<TrainingEvent, { type: "step" }>): void => {
    leave();
    // Before the first step lies other work; its pace is that of itself alone.
    const alone = steps === 0 && report.tokensPerSecond > 0 ? report.tokens : undefined;
    const startedAt = alone === undefined ? steppedAt : now() - (1000 * alone) / report.tokensPerSecond;
    steppedAt = now();
    steps = report.step;
    tokens += report.tokens ?? 0;
    const every = Math.max(1, Math.ceil(report.totalSteps / STEP_SPANS));
    if (report.step !== 1 && report.step !== report.totalSteps && report.step % every !== 0) return;
    root
      .child(
        "training.step",
        {
          [ATTRIBUTE.observationType]: "span",
          ...data,
          ...model(),
          [ATTRIBUTE.step]: report.step,
          [ATTRIBUTE.totalSteps]: report.totalSteps,
          [ATTRIBUTE.loss]: report.loss,
          [ATTRIBUTE.gradNorm]: report.gradNorm,
          [ATTRIBUTE.learningRate]: report.learningRate,
          // As a figure, not as usage: Langfuse adds up the usage of a trace's spans, and the run's has all of it.
          [ATTRIBUTE.tokens]: report.tokens,
        },
        startedAt,
      )
      .end(undefined, steppedAt);
  };

  const saw = (event: TrainingEvent): void => {
    switch (event.type) {
      case "base": {
        base = event.base;
        const { query } = promptsFor(base.prompts, run.instruction === "" ? null : run.instruction);
        record = { ...record, promptHash: sha256Text(query) };
        const { backend, adapter } = base.device;
        return root.set({ ...model(), [ATTRIBUTE.backend]: backend, [ATTRIBUTE.adapter]: slug(adapter) });
      }
      case "stage":
        return event.stage === "train" ? leave() : enter(event.stage);
      case "dev":
      case "resumed":
        steppedAt = now(); // Neither a score on dev nor a pause is part of the next step.
        return;
      case "step":
        return step(event);
      case "scored": {
        leave();
        const { baseline, tuned } = event.outcome;
        for (const measured of stages) {
          const evaluation = { baseline, evaluate: tuned }[measured.stage];
          if (!evaluation) continue;
          measured.span.set(usage(evaluation.tokens));
          // The engine's own clock: stages are told of late.
          measured.endedAt = measured.startedAt + Math.round(1000 * evaluation.seconds);
          if (measured.stage === "evaluate")
            record = { ...record, evaluated: { startedAt: measured.startedAt, endedAt: measured.endedAt } };
        }
        return;
      }
      case "judged": {
        const headline = headlineOf(event.judgement.comparisons);
        if (!headline) return;
        root.set({ [ATTRIBUTE.verdict]: headline.verdict });
        return setOn(["evaluate"], { [ATTRIBUTE.verdict]: headline.verdict });
      }
      case "exported": {
        leave();
        const fingerprint = { [ATTRIBUTE.modelFingerprint]: event.artifact.fingerprint };
        root.set({ ...fingerprint, [ATTRIBUTE.modelRole]: "tuned" });
        return setOn(["evaluate", "export"], fingerprint);
      }
      case "ended":
        return close();
      case "failed":
        return close(event.problem);
      default:
        return;
    }
  };
  return {
    get record() {
      return record;
    },
    saw,
    close: () => close(),
  };
};

/** A run that is traced: its events pass through unchanged, with `traced` between them whenever the trace's record changed. */
export const traced =
  (train: Train, tracer: Tracer): Train =>
  async (run, base, resumeFrom, ports, emit) => {
    const trace = traceRun(run, tracer);
    emit({ type: "traced", trace: trace.record });
    try {
      await train(run, base, resumeFrom, ports, (event) => {
        const before = trace.record;
        trace.saw(event);
        if (trace.record !== before) emit({ type: "traced", trace: trace.record });
        emit(event);
      });
    } finally {
      trace.close();
      void tracer.flush();
    }
  };
