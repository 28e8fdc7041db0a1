import { expect, test } from "vitest";
import { DEFAULT_HYPERPARAMETERS } from "../../domain/training/types.ts";
import { POSTS, type Posted } from "../../testing/countPosts.ts";
import { messageBytes } from "../../testing/messageBytes.ts";
import type { DataService } from "../../worker/data/protocol.ts";
import type { EngineService } from "../../worker/engine/protocol.ts";
import { connect } from "../../worker/rpc.ts";
import { createLengthsStore } from "../datasets/lengthsStore.ts";
import { createDatasetsStore } from "../datasets/store.ts";
import { createEngineStore } from "../device/store.ts";
import type { TrainingEvent } from "./events.ts";
import { prepareRun } from "./prepareRun.ts";
import { train } from "./train.ts";

const broken = () => expect.unreachable("a worker broke");
const data = connect<DataService>(
  () => new Worker(new URL("../testing/counted.data.worker.ts", import.meta.url), { type: "module" }),
  { broken },
);
const engine = connect<EngineService>(
  () => new Worker(new URL("../testing/counted.engine.worker.ts", import.meta.url), { type: "module" }),
  { broken },
);

/** What each of the three threads has posted, post by post: the page, the data worker and the engine's. */
const threads = new Map<string, Posted[]>();
new BroadcastChannel(POSTS).onmessage = ({ data: told }: MessageEvent<Posted & { thread: string }>) => {
  const posts = threads.get(told.thread) ?? [];
  threads.set(told.thread, [...posts, told]);
};

/** Pairs of which each has a document of its own, so that nothing can be said once for many. */
const lines = Array.from({ length: 500 }, (_, i) => {
  const words = (from: number, many: number) =>
    Array.from({ length: many }, (_word, j) => ((((i + from) * 7919 + j * 104_729) * 31) % 1_000_003).toString(36));
  return JSON.stringify({ query: words(1, 8).join(" "), positive: words(50_000, 50).join(" ") });
});

test("from the drop to the first step, no more is posted between page and workers than one and a half times the file", async () => {
  const text = lines.join("\n");
  const datasets = createDatasetsStore({
    data,
    downloads: { file: () => undefined },
    maxTokens: () => 24,
    newId: () => crypto.randomUUID(),
    now: () => "2026-01-01T00:00:00Z",
  });
  await datasets.getState().addFile(new Blob([text]), "pairs.jsonl");
  const dataset = datasets.getState().current!;
  expect(dataset.summary).toMatchObject({ rows: lines.length, missing: null });

  const base = { source: "bundled", name: "qwen3-embedding-tiny" } as const;
  const engineStore = createEngineStore(engine);
  const lengths = createLengthsStore(data, engineStore);
  await lengths.getState().measure(dataset, base, "");
  expect(lengths.getState()).toMatchObject({ status: "ready", texts: 2 * lines.length });

  const hyperparameters = { ...DEFAULT_HYPERPARAMETERS, batchSize: 4, chunkSize: 4, maxTokens: 24, epochs: 1 };
  const choice = { dataset, base, baseName: base.name, settingsName: "Balanced", hyperparameters, instruction: "" };
  const run = await prepareRun(choice, data, crypto.randomUUID(), "2026-01-01T00:00:00Z");
  const events: TrainingEvent[] = [];
  const stepped = new Promise<number>((resolve, reject) => {
    const ports = {
      engine,
      loadBase: engineStore.getState().requireBase,
      data,
      checkpoints: { save: async () => undefined, load: async () => null, remove: async () => undefined },
      artifacts: { save: () => expect.unreachable(), load: async () => null, remove: async () => undefined },
      wakeLock: { acquire: async () => async () => undefined },
      now: () => performance.now(),
    };
    void train(run, base, null, ports as never, (event) => {
      events.push(event);
      if (event.type === "failed") reject(new Error(event.problem.message));
      if (event.type === "step") resolve(performance.timeOrigin + performance.now());
    });
  });
  const steppedAt = await stepped;
  await new Promise((resolve) => setTimeout(resolve, 300)); // Counts come on a channel of their own.
  engine.close();
  await data.remove(dataset.summary.id);
  data.close();

  expect(threads.size).toBe(3);
  // A checkpoint and further steps may follow at once: they are not on the way to the first step.
  const posted = [...threads.values()]
    .map((posts) => posts.findLast(({ at }) => at <= steppedAt)?.bytes ?? 0)
    .reduce((sum, bytes) => sum + bytes, 0);
  const file = new Blob([text]).size;
  // What the engine learns from is in the sum.
  const learned = lines.map((line) => JSON.parse(line) as { query: string; positive: string });
  expect(posted).toBeGreaterThan(0.9 * messageBytes(learned.map(({ query, positive }) => [query, positive])));
  expect(posted / file).toBeLessThan(1.5);
});
