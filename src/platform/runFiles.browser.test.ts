import { afterEach, expect, it } from "vitest";
import { artifactStorage, checkpointStorage, runInputsStorage } from "./runFiles.ts";

const run = `test-${crypto.randomUUID()}`;
afterEach(() => runInputsStorage.remove(run));

it("keeps only the newest checkpoint of a run", async () => {
  expect(await checkpointStorage.newestStep(run)).toBeNull();
  for (const step of [3, 20]) await checkpointStorage.save({ runId: run, step, tensors: new Uint8Array([step]) });
  expect(await checkpointStorage.newestStep(run)).toBe(20);
  expect(await checkpointStorage.load(run)).toEqual({ runId: run, step: 20, tensors: new Uint8Array([20]) });
});

it("stores an artifact folder and replaces all of it", async () => {
  const file = (path: string, byte: number) => ({ path, bytes: new Uint8Array([byte]) });
  await artifactStorage.save(run, [file("manifest.json", 1), file("1_Pooling/config.json", 2), file("old", 3)]);
  await artifactStorage.save(run, [file("manifest.json", 4), file("1_Pooling/config.json", 5)]);
  expect(await artifactStorage.load(run)).toEqual([file("1_Pooling/config.json", 5), file("manifest.json", 4)]);
});

it("keeps what a run learns from until the run is removed", async () => {
  const inputs = {
    base: { source: "bundled" as const, name: "tiny" },
    examples: [{ query: "für Ähnliches", positive: "p", negatives: [] }],
    dev: null,
    test: { queries: [], corpus: [], splitHash: "s" },
  };
  await runInputsStorage.save(run, inputs);
  expect(await runInputsStorage.load(run)).toEqual(inputs);
  await runInputsStorage.remove(run);
  expect(await runInputsStorage.load(run)).toBeNull();
});
