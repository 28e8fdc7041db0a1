import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Experiment, experimentSchema } from "../../src/domain/telemetry/experiment.ts";
import { at, present } from "../../src/domain/present.ts";
import { ATTRIBUTE, EXPERIMENT_DESCRIPTION } from "../../src/domain/telemetry/attributes.ts";
import { carriedBy, connectTo, PROJECT, Receiver } from "../testing/langfuse.ts";
import type { Langfuse } from "./langfuse.ts";

const experiment: Experiment = {
  runId: "run-1",
  name: "support-tuned",
  model: {
    id: "qwen3-embedding-tiny",
    fingerprint: "ab".repeat(32),
    baseFingerprint: "ba".repeat(32),
    baseRevision: "bundled",
  },
  datasetHash: "cd".repeat(32),
  splitHash: "ef".repeat(32),
  promptHash: "12".repeat(32),
  startedAt: 1_700_000_000_000,
  endedAt: 1_700_000_005_000,
  verdict: "improved",
  baseline: { "recall@10": 0.5, "mrr@10": 0.25 },
  tuned: { "recall@10": 0.75, "mrr@10": 0.5 },
  queries: ["aa", "bb", "cc"].map((byte, i) => ({
    queryHash: byte.repeat(32),
    baseline: { rank: i === 0 ? null : 4, "recall@10": i === 0 ? 0 : 1, "mrr@10": 0.25, "ndcg@10": 0.4 },
    tuned: { rank: 1, "recall@10": 1, "mrr@10": 1, "ndcg@10": 1 },
  })),
};

const TRACE = "9".repeat(32);
const parent = { traceId: TRACE, spanId: "8".repeat(16), foreign: false };

let folder: string;
let receiver: Receiver;
let langfuse: Langfuse;
const refused: string[] = [];
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "experiments-"));
  receiver = await new Receiver().start();
  langfuse = await connectTo(receiver, folder, { onDatasetRefused: (reason) => refused.push(reason) });
  // Links are there once Langfuse has said which project it is, which is asked in the background.
  await expect.poll(() => langfuse.traceUrl("0".repeat(32)), { timeout: 10_000 }).not.toBeNull();
});
afterEach(async () => {
  await langfuse.close();
  await receiver.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** The per-query spans of one of the two experiments, as they arrived. */
const queriesOf = (role: string) =>
  receiver.received.spans
    .filter(({ name }) => name === "evaluation.query")
    .map((span): Record<string, unknown> => ({ ...carriedBy(span), traceId: span.traceId, spanId: span.spanId }))
    .filter((carried) => carried[ATTRIBUTE.modelRole] === role);
const scoresWhere = (fields: Record<string, unknown>) =>
  receiver.received.scores.filter((score) => Object.entries(fields).every(([key, value]) => score[key] === value));

describe("an evaluation as Langfuse experiments", () => {
  it("is two of one data set, over the same items, each query with a trace of its own", async () => {
    const receipt = await langfuse.experiment(experiment, null);
    await langfuse.drain(5000);
    expect(receipt).toEqual({
      connected: true,
      traceId: expect.stringMatching(/^[0-9a-f]{32}$/),
      url: `${receiver.url}/project/${PROJECT}/traces/${receipt.traceId}`,
    });
    expect(receiver.received.datasets).toEqual([
      {
        id: "dataset-1",
        name: `recall-studio-${"cd".repeat(6)}-${"ef".repeat(6)}`,
        description: expect.any(String),
        metadata: { dataset_hash: experiment.datasetHash, split_hash: experiment.splitHash },
      },
    ]);
    expect(new Set(receiver.received.spans.map(({ traceId }) => traceId)).size).toBe(7);
    const [before, after] = [queriesOf("baseline"), queriesOf("tuned")];
    const items = experiment.queries.map(({ queryHash }) => queryHash);
    for (const [role, queries] of Object.entries({ baseline: before, tuned: after })) {
      expect(queries.map((query) => query[ATTRIBUTE.experimentItem])).toEqual(items);
      expect(new Set(queries.map((query) => query[ATTRIBUTE.experimentId])).size).toBe(1);
      const fingerprint = role === "tuned" ? experiment.model.fingerprint : experiment.model.baseFingerprint;
      for (const query of queries)
        expect(query).toMatchObject({
          [ATTRIBUTE.environment]: "sdk-experiment",
          [ATTRIBUTE.experimentName]: `support-tuned-${role}`,
          [ATTRIBUTE.experimentDescription]: EXPERIMENT_DESCRIPTION[role as "tuned" | "baseline"],
          [ATTRIBUTE.experimentDataset]: "dataset-1",
          [ATTRIBUTE.experimentRoot]: query.spanId,
          [ATTRIBUTE.modelFingerprint]: fingerprint,
          [ATTRIBUTE.modelVersion]: `${role}-${fingerprint.slice(0, 8)}`,
          [ATTRIBUTE.appRoot]: true,
          [ATTRIBUTE.traceName]: "evaluation.query",
          "langfuse.experiment.metadata.model_fingerprint": fingerprint,
          "langfuse.experiment.metadata.run_id": "run-1",
          "langfuse.experiment.metadata.split_hash": experiment.splitHash,
        });
    }
    expect(at(before, 0)[ATTRIBUTE.experimentId]).not.toBe(at(after, 0)[ATTRIBUTE.experimentId]);
  });

  it("names what its pairs were imported from, and what it was measured on", async () => {
    const from = "2026-09-01T00:00:00.000Z";
    const imported = { source: "langfuse" as const, dataset: "support-questions", score: null, from, to: null };
    const measuredOn = "generated questions" as const;
    await langfuse.experiment(experimentSchema.parse({ ...experiment, imported, measuredOn }), null);
    await langfuse.drain(5000);
    for (const query of [...queriesOf("baseline"), ...queriesOf("tuned")])
      expect(query).toMatchObject({
        [ATTRIBUTE.importedFrom]: "langfuse",
        "langfuse.experiment.metadata.imported_dataset": "support-questions",
        "langfuse.experiment.metadata.imported_since": from,
        "langfuse.experiment.metadata.measured_on": measuredOn,
      });
  });

  it("scores each query's own span, each experiment as a whole, and the run's trace", async () => {
    await langfuse.experiment(experiment, parent);
    await langfuse.drain(5000);
    const [before, after] = [at(queriesOf("baseline"), 0), at(queriesOf("tuned"), 0)];
    const onQuery = ({ traceId, spanId }: Record<string, unknown>, name: string) =>
      scoresWhere({ traceId, observationId: spanId, name, environment: "sdk-experiment" }).map(({ value }) => value);
    expect([onQuery(before, "recall@10"), onQuery(after, "recall@10")]).toEqual([[0], [1]]);
    expect([onQuery(before, "delta_recall@10"), onQuery(after, "delta_recall@10")]).toEqual([[], [1]]);
    const onRun = ({ [ATTRIBUTE.experimentId]: datasetRunId }: Record<string, unknown>, name: string) =>
      scoresWhere({ datasetRunId, name, environment: "sdk-experiment" }).map(({ value }) => value);
    expect([onRun(before, "mrr@10"), onRun(after, "mrr@10")]).toEqual([[0.25], [0.5]]);
    expect([onRun(after, "delta_mrr@10"), onRun(after, "verdict")]).toEqual([[0.25], ["improved"]]);

    const run = present(
      receiver.received.spans.find(({ name }) => name === "evaluation.run"),
      "span of the run",
    );
    expect([run.traceId, run.parentSpanId]).toEqual([TRACE, parent.spanId]);
    expect(carriedBy(run)).toMatchObject({ [ATTRIBUTE.environment]: "test" });
    expect(carriedBy(run)).not.toHaveProperty(ATTRIBUTE.appRoot);
    const named = scoresWhere({ traceId: TRACE, observationId: run.spanId, environment: "test" });
    expect(Object.fromEntries(named.map(({ name, value }) => [name, value]))).toEqual({
      "recall@10": 0.75,
      "delta_recall@10": 0.25,
      "baseline_recall@10": 0.5,
      "mrr@10": 0.5,
      "delta_mrr@10": 0.25,
      "baseline_mrr@10": 0.25,
      verdict: "improved",
    });
  });

  it("roots and names the trace of a foreign caller", async () => {
    await langfuse.experiment(experiment, { ...parent, foreign: true });
    await langfuse.drain(5000);
    const run = receiver.received.spans.find(({ name }) => name === "evaluation.run");
    expect(carriedBy(run!)).toMatchObject({ [ATTRIBUTE.appRoot]: true, [ATTRIBUTE.traceName]: "evaluation.run" });
  });

  it("is the same when sent twice", async () => {
    for (let i = 0; i < 2; i += 1) await langfuse.experiment(experiment, parent);
    await langfuse.drain(5000);
    const { scores, spans, datasets } = receiver.received;
    expect(new Set(scores.map(({ id }) => id)).size).toBe(scores.length / 2);
    expect(new Set(spans.map(({ spanId }) => spanId)).size).toBe(spans.length / 2);
    expect([datasets.length, receiver.asked("/api/public/datasets")]).toEqual([1, 1]);
  });

  it("is taken at once however large, also while Langfuse is away, and survives a restart before it was sent", async () => {
    const { port } = receiver;
    await receiver.stop();
    const queries = Array.from({ length: 1500 }, (_, i) => ({
      ...at(experiment.queries, 0),
      queryHash: i.toString(16).padStart(64, "0"),
    }));
    const started = performance.now();
    await langfuse.experiment({ ...experiment, queries }, parent);
    // One file, not one for each of 13,500 scores.
    expect(performance.now() - started).toBeLessThan(1000);
    await langfuse.close();
    receiver.port = port;
    await receiver.start();
    langfuse = await connectTo(receiver, folder);
    await langfuse.drain(30_000);
    expect(receiver.received.spans).toHaveLength(3001);
    expect(receiver.received.scores).toHaveLength(13_500 + 7 + 5 + 2);
  }, 60_000);

  it("has no data set where the server keeps none, which is said", async () => {
    receiver.without.add("/api/public/datasets");
    await langfuse.experiment(experiment, null);
    await langfuse.drain(5000);
    expect(refused).toEqual(["http-404"]);
    expect(queriesOf("tuned")).toHaveLength(3);
    expect(queriesOf("tuned")[0]).not.toHaveProperty(ATTRIBUTE.experimentDataset);
  });

  it("has no place for text", () => {
    expect(experimentSchema.safeParse({ ...experiment, note: "hello" }).success).toBe(false);
    expect(experimentSchema.safeParse({ ...experiment, name: "two words" }).success).toBe(false);
    expect(
      experimentSchema.safeParse({ ...experiment, queries: [{ ...experiment.queries[0], text: "q" }] }).success,
    ).toBe(false);
  });
});
