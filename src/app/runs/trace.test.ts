import { describe, expect, it } from "vitest";
import type { Comparison } from "../../domain/evaluation/types.ts";
import { at } from "../../domain/present.ts";
import type { RunContents } from "../../domain/run/types.ts";
import { ATTRIBUTE, isPermitted } from "../../domain/telemetry/attributes.ts";
import { experimentSchema } from "../../domain/telemetry/experiment.ts";
import { sha256Text } from "../../domain/text/index.ts";
import { queryPrompt } from "../../domain/text/prompts.ts";
import { recordingTracer } from "../../testing/tracer.ts";
import type { BaseInfo } from "../../worker/engine/protocol.ts";
import { aRun, evaluation, metrics, stepReport } from "../testing/runs.ts";
import type { TrainingEvent } from "./events.ts";
import type { Provenance } from "../../domain/dataset/provenance.ts";
import { experimentOf } from "./experiment.ts";
import { STEP_SPANS, traceRun } from "./trace.ts";

const SECRET = "zanzibar wombat";
const scored = (label: string, value: number) => ({
  ...evaluation(label, value),
  perQuery: [{ query: 0, bestRank: 1, top: [0], scores: [value], metrics: metrics(value) }],
});
const contents: RunContents = {
  queries: [{ text: `${SECRET} query`, relevant: [0], component: 0 }],
  baseline: scored("baseline", 0.5),
  tuned: scored("tuned", 0.75),
  bm25: scored("bm25", 0.4),
};
const run = aRun({
  name: SECRET,
  base: { id: "qwen3-embedding-tiny", revision: "bundled", sha256: "b".repeat(64), dim: 8 },
  dataset: { name: `${SECRET}.jsonl`, fingerprint: "d".repeat(64), rows: 1 },
  splitHash: "a".repeat(64),
  instruction: SECRET,
  test: { queries: 1, documents: 1 },
  baseline: contents.baseline,
  tuned: contents.tuned,
  bm25: contents.bm25,
  comparisons: [{ metric: "recall@10", verdict: "improved" } as Comparison],
  artifact: { fingerprint: "f".repeat(64), bytes: 1, files: 1 },
});
const base = {
  id: "Qwen/Qwen3-Embedding-0.6B",
  revision: "97b0c614be4d77ee51c0cef4e5f07c00f9eb65b3",
  sha256: "b".repeat(64),
  dim: 1024,
  prompts: { query: "", document: "" },
  device: { backend: "webgpu", adapter: `NVIDIA H100 (${"PCIe"})` },
} as unknown as BaseInfo;
const stage = (name: string, done = 0) =>
  ({ type: "stage", stage: name, done, total: 1, etaSeconds: null }) as TrainingEvent;
const outcome = { baseline: { ...run.baseline!, tokens: 700 }, tuned: { ...run.tuned!, tokens: 710 }, seconds: 1 };
const total = 400;
const events: TrainingEvent[] = [
  { type: "base", base },
  stage("self-test"),
  stage("baseline"),
  stage("baseline", 1),
  stage("train"),
  ...Array.from({ length: total }, (_, i): TrainingEvent => ({
    type: "step",
    report: { ...stepReport(i + 1), totalSteps: total, tokens: 10 },
  })),
  stage("evaluate"),
  { type: "scored", outcome } as unknown as TrainingEvent,
  { type: "judged", judgement: { bm25: contents.bm25!, comparisons: run.comparisons } },
  stage("export"),
  { type: "exported", artifact: { fingerprint: "f".repeat(64), bytes: 1, files: 1 } },
];

describe("traceRun", () => {
  it("puts self-test, thinned steps, evaluations and export under the run, each with its model and data", () => {
    const tracer = recordingTracer();
    const trace = traceRun(run, tracer);
    for (const event of events) trace.saw(event);
    trace.saw({ type: "ended", status: "finished" });
    trace.close(); // Again, as when the page's generator ends: without effect.
    const [root, ...below] = tracer.spans;
    expect(root).toMatchObject({ name: "training.run", parent: null, ended: true, error: undefined });
    expect(below.every(({ parent, ended }) => parent === 0 && ended)).toBe(true);
    const steps = below.filter(({ name }) => name === "training.step");
    // The run's tokens are counted once, however many of its steps are spans.
    expect(steps.filter(({ attributes }) => ATTRIBUTE.usage in attributes)).toEqual([]);
    expect(steps[0]?.attributes[ATTRIBUTE.tokens]).toBe(10);
    expect(steps.length).toBeLessThanOrEqual(STEP_SPANS + 2);
    expect([steps[0], steps.at(-1)].map((span) => span?.attributes[ATTRIBUTE.step])).toEqual([1, total]);
    expect(below.filter(({ name }) => name !== "training.step").map(({ name }) => name)).toEqual([
      "training.self-test",
      "evaluation.run",
      "evaluation.run",
      "artifact.export",
    ]);
    const promptHash = sha256Text(queryPrompt(SECRET));
    const verdict = run.comparisons.find(({ metric }) => metric === "recall@10")!.verdict;
    expect(root!.attributes).toMatchObject({
      [ATTRIBUTE.modelName]: base.id,
      [ATTRIBUTE.baseRevision]: base.revision,
      [ATTRIBUTE.modelFingerprint]: "f".repeat(64),
      [ATTRIBUTE.datasetHash]: run.dataset.fingerprint,
      [ATTRIBUTE.promptHash]: promptHash,
      [ATTRIBUTE.adapter]: "NVIDIA-H100-PCIe",
      [ATTRIBUTE.usage]: JSON.stringify({ input: 10 * total, total: 10 * total }),
      [ATTRIBUTE.verdict]: verdict,
    });
    const [before, after] = below.filter(({ name }) => name === "evaluation.run").map(({ attributes }) => attributes);
    expect(before).toMatchObject({
      [ATTRIBUTE.observationType]: "evaluator",
      [ATTRIBUTE.modelRole]: "baseline",
      [ATTRIBUTE.modelFingerprint]: base.sha256,
      [ATTRIBUTE.usage]: '{"input":700,"total":700}',
      [ATTRIBUTE.queries]: 1,
    });
    expect(after).toMatchObject({
      [ATTRIBUTE.modelRole]: "tuned",
      [ATTRIBUTE.modelFingerprint]: "f".repeat(64),
      [ATTRIBUTE.verdict]: verdict,
    });
    expect(trace.record).toMatchObject({ traceparent: "span-0", promptHash, url: null });
    expect(trace.record.evaluated).toEqual({ startedAt: expect.any(Number), endedAt: expect.any(Number) });
  });

  it("writes only what the allow-list lets pass, and no text", () => {
    const tracer = recordingTracer();
    const trace = traceRun(run, tracer);
    for (const event of events) trace.saw(event);
    trace.saw({ type: "failed", problem: { code: "device-lost", message: SECRET, hint: SECRET } });
    const carried = tracer.spans.flatMap(({ attributes }) => Object.entries(attributes));
    expect(carried.filter(([key, value]) => value !== undefined && !isPermitted(key, value, false))).toEqual([]);
    expect(JSON.stringify(carried)).not.toContain("wombat");
    expect(at(tracer.spans, 0).error).toMatchObject({ code: "device-lost" });
  });

  it("leaves what had ended before a failure without it", () => {
    const tracer = recordingTracer();
    const trace = traceRun(run, tracer);
    for (const event of events.slice(0, 8)) trace.saw(event); // The baseline is measured, training is under way.
    trace.saw({ type: "failed", problem: { code: "device-lost", message: "", hint: "" } });
    const [root, , baseline] = tracer.spans;
    expect([root?.name, root?.error]).toEqual(["training.run", expect.objectContaining({ code: "device-lost" })]);
    expect(baseline).toMatchObject({ name: "evaluation.run", ended: true, error: undefined });
    const early = traceRun(run, tracer);
    for (const event of events.slice(0, 3)) early.saw(event);
    early.saw({ type: "failed", problem: { code: "device-lost", message: "", hint: "" } });
    expect(tracer.spans.at(-1)).toMatchObject({ name: "evaluation.run", error: { code: "device-lost" } });
  });

  it("goes on in the trace of the run that it resumes, and ends what an abandoned run left open", () => {
    const tracer = recordingTracer();
    const earlier = { traceparent: "00-earlier", promptHash: null, evaluated: null, url: "https://x.example" };
    const trace = traceRun({ ...run, trace: earlier }, tracer);
    trace.saw(stage("baseline"));
    trace.close();
    expect(tracer.spans[0]).toMatchObject({ parent: "00-earlier", ended: true });
    expect(tracer.spans.every(({ ended }) => ended)).toBe(true);
    expect(trace.record).toMatchObject({ traceparent: "00-earlier", url: null });
  });
});

describe("an evaluation for Langfuse", () => {
  const finished = {
    ...run,
    ...contents,
    trace: {
      traceparent: "00-a",
      promptHash: "1".repeat(64),
      evaluated: { startedAt: 1, endedAt: 2 },
      url: null,
    },
  };
  it("fits the server's schema, with hashes for texts and no name that a person chose", () => {
    const experiment = experimentSchema.parse(experimentOf(finished));
    expect(at(experiment.queries, 0).queryHash).toBe(sha256Text(`${SECRET} query`));
    expect(experiment.name).toBe("qwen3-embedding-tiny-ffffffff");
    expect(JSON.stringify(experiment)).not.toContain("wombat");
    expect(experiment.imported).toBeUndefined();
    expect(experiment.measuredOn).toBe("real questions");
    const tuned = { ...finished.tuned!, measuredOn: "weak pairs" as const };
    expect(experimentOf({ ...finished, tuned })?.measuredOn).toBe("weak pairs");
  });

  it("names the Langfuse data set or the time that its pairs came from", () => {
    const from = {
      from: "2026-09-01T00:00:00.000Z",
      to: "2026-11-01T00:00:00.000Z",
      items: 3,
      idsHash: "a".repeat(64),
    };
    const imported = (provenance: Provenance) =>
      experimentSchema.parse(experimentOf({ ...finished, dataset: { ...finished.dataset, provenance } })).imported;
    const rules = { good: ">=0.5", bad: "<0.5" };
    expect(
      imported({
        source: "langfuse",
        dataset: "support questions",
        score: null,
        ...rules,
        ...from,
        from: null,
        to: null,
      }),
    ).toEqual({ source: "langfuse", dataset: "support-questions", score: null, from: null, to: null });
    expect(imported({ source: "langfuse", dataset: null, score: "helpful", ...rules, ...from })).toMatchObject({
      score: "helpful",
      from: from.from,
      to: from.to,
    });
    expect(imported({ source: "feedback", ...from })).toMatchObject({ source: "feedback", dataset: null });
  });

  it("is none while scores, verdict or model are missing", () => {
    expect(experimentOf({ ...finished, tuned: null })).toBeNull();
    expect(experimentOf({ ...finished, comparisons: [] })).toBeNull();
    expect(experimentOf({ ...run, ...contents })).toBeNull();
  });
});
