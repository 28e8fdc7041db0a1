import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { at } from "../../src/domain/present.ts";
import { tinyBase } from "../../src/testing/modelFiles.ts";
import { OnnxStore } from "../serving/onnxStore.ts";
import { cpuSession } from "./cpuSession.ts";
import { GraphThread } from "./graphThread.ts";

let root: string;
let model: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "graph-"));
  const base = { name: "qwen3-embedding-tiny", directory: tinyBase, sha256: "b".repeat(64) };
  model = join(await new OnnxStore(root).base(base), "model.onnx");
});
afterAll(() => rm(root, { recursive: true, force: true }));

const feeds = (texts: number, tokens: number) => {
  const row = () => ({ data: new BigInt64Array(texts * tokens).fill(1n), dims: [texts, tokens] });
  return { input_ids: row(), attention_mask: row() };
};
const LONG: [texts: number, tokens: number] = [8, 512];
const SHORT: typeof LONG = [1, 2];

it("leaves this thread free while a model runs, and keeps runs in their order", async () => {
  const graph = await GraphThread.open(model, cpuSession(1));
  let ticks = 0;
  const timer = setInterval(() => (ticks += 1), 5);
  const order: number[] = [];
  const outputs = await Promise.all(
    [LONG, SHORT].map(async (size, i) => {
      const output = await graph.run(feeds(...size), "last_hidden_state");
      order.push(i);
      return output?.dims.slice(0, 2);
    }),
  );
  clearInterval(timer);
  expect(ticks).toBeGreaterThan(8); // On the thread that waits there would be one or two.
  expect([outputs, order]).toEqual([
    [[...LONG], [1, 2]],
    [0, 1],
  ]);
  expect(await graph.run(feeds(...SHORT), "no such output")).toBeNull();
  await expect(graph.run({ input_ids: feeds(...SHORT).input_ids }, "last_hidden_state")).rejects.toThrow(
    /attention_mask/,
  );
  // What was asked before is done before it ends.
  const last = graph.run(feeds(...SHORT), "last_hidden_state");
  await graph.close();
  expect((await last)?.dims[1]).toBe(2);
  await expect(graph.run(feeds(...SHORT), "last_hidden_state")).rejects.toMatchObject({ code: "model-stopped" });
});

it("rejects what is under way when the thread dies, and says so once", async () => {
  const sent = vi.spyOn(Worker.prototype, "postMessage");
  const onStopped = vi.fn();
  const graph = await GraphThread.open(model, cpuSession(1), onStopped);
  const running = [LONG, SHORT].map((size) => graph.run(feeds(...size), "last_hidden_state"));
  const ended = Promise.allSettled(running);
  await at(sent.mock.contexts as Worker[], 0).terminate();
  const gone = { status: "rejected", reason: expect.objectContaining({ code: "model-stopped" }) as unknown };
  expect(await ended).toMatchObject([gone, gone]);
  await expect(graph.run(feeds(...SHORT), "last_hidden_state")).rejects.toMatchObject({ code: "model-stopped" });
  expect(onStopped).toHaveBeenCalledTimes(1);
  await graph.close();
});

it("says why a model cannot be loaded, and leaves no thread behind", async () => {
  const ended = vi.spyOn(Worker.prototype, "terminate");
  await expect(GraphThread.open(join(root, "nowhere.onnx"), cpuSession(1))).rejects.toThrow(/nowhere\.onnx/);
  expect(ended).toHaveBeenCalledTimes(1);
});
