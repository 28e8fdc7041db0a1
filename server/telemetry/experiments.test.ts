import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Experiment, experimentSchema } from "../../src/domain/telemetry/experiment.ts";
import { Secret } from "../secret.ts";
import { Archon } from "./archon.ts";
import { sendExperiment } from "./experiments.ts";
import { Langfuse } from "./langfuse.ts";
import { Receiver } from "./testing.ts";

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
    const langfuse = await Langfuse.open(
      {
        publicKey: "pk-test",
        secretKey: new Secret("sk-test"),
        baseUrl: receiver.url,
        environment: "t",
        captureText: false,
      },
      { dataDir: folder, release: "1.0.0", onDrop: () => {} },
    );
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

describe("Archon", () => {
  let server: Server;
  const calls: { method: string; url: string; body: Record<string, unknown> }[] = [];
  let failures = 0;
  beforeEach(async () => {
    calls.length = 0;
    server = createServer((request, response) => {
      let text = "";
      request.on("data", (part) => (text += part));
      request.on("end", () => {
        if (failures > 0) {
          failures -= 1;
          response.writeHead(503).end();
          return;
        }
        calls.push({ method: request.method!, url: request.url!, body: JSON.parse(text) });
        response
          .writeHead(200, { "content-type": "application/json" })
          .end(JSON.stringify({ message: "ok", task: { id: "task-7" } }));
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  });
  afterEach(() => new Promise((resolve) => server.close(resolve)));

  it("makes one task a version and moves it, also over failures and a restart", async () => {
    const config = { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, projectId: "p1" };
    const options = { dataDir: folder, backoff: { first: 5, longest: 20 }, onDrop: () => {} };
    failures = 2;
    const first = await Archon.open(config, options);
    await first.track("v1", "ab", "todo");
    await first.drain(3000);
    await first.close();
    const second = await Archon.open(config, options);
    await second.track("v1", "ab", "done");
    await second.drain(3000);
    await second.close();
    expect(calls.filter(({ method }) => method === "POST")).toHaveLength(1);
    expect(calls[0].body).toMatchObject({ project_id: "p1", title: "Model v1", feature: "embedding-model" });
    expect(calls.filter(({ method }) => method === "PUT").map(({ url, body }) => [url, body.status])).toEqual([
      ["/api/tasks/task-7", "todo"],
      ["/api/tasks/task-7", "done"],
    ]);
  });
});
