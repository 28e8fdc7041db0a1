import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Experiment, experimentSchema } from "../../src/domain/telemetry/experiment.ts";
import { sendExperiment } from "./experiments.ts";
import { connectTo, Receiver } from "../testing/langfuse.ts";

const experiment: Experiment = {
  runId: "run-1",
  name: "support-tuned",
  model: { id: "qwen3-embedding-tiny", fingerprint: "ab".repeat(32), baseRevision: "bundled" },
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

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "experiments-"))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe("an evaluation as a Langfuse experiment", () => {
  it("is one trace a query with scores, and twice the same when sent twice", async () => {
    const receiver = await new Receiver().start();
    const langfuse = await connectTo(receiver, folder);
    const receipt = await sendExperiment(experiment, langfuse);
    await langfuse.drain(5000);
    const { spans, scores } = receiver.received;
    expect(receipt).toMatchObject({
      connected: true,
      traces: 4,
      scores: scores.length,
      url: `${receiver.url}/trace/${receipt.traceId}`,
    });
    expect(new Set(spans.map((span) => span.traceId)).size).toBe(4);
    const query = spans.find((span) => span.name === "evaluation.query")!;
    const carried = Object.fromEntries(query.attributes!.map(({ key, value }) => [key, Object.values(value)[0]]));
    expect(carried["langfuse.experiment.item.id"]).toBe("aa".repeat(32));
    expect(carried["langfuse.experiment.item.root_observation_id"]).toBe(query.spanId);
    expect(carried["langfuse.observation.metadata.model_fingerprint"]).toBe(experiment.model.fingerprint);
    expect(scores.find((score) => score.traceId === query.traceId && score.name === "delta_recall@10")?.value).toBe(1);
    expect(scores.find((score) => score.traceId === receipt.traceId && score.name === "delta_mrr@10")?.value).toBe(
      0.25,
    );
    expect(scores.find((score) => score.name === "verdict")?.value).toBe("improved");

    await sendExperiment(experiment, langfuse);
    await langfuse.drain(5000);
    expect(new Set(receiver.received.scores.map((score) => score.id)).size).toBe(scores.length / 2);
    await langfuse.close();
    await receiver.stop();
  });

  it("has no place for text", () => {
    expect(experimentSchema.safeParse({ ...experiment, note: "hello" }).success).toBe(false);
    expect(experimentSchema.safeParse({ ...experiment, name: "two words" }).success).toBe(false);
    expect(
      experimentSchema.safeParse({ ...experiment, queries: [{ ...experiment.queries[0], text: "q" }] }).success,
    ).toBe(false);
  });

  it("says that nothing is connected without keys", async () => {
    expect(await sendExperiment(experiment, null)).toMatchObject({ connected: false, url: null });
  });
});
