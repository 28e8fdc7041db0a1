import { afterEach, expect, it } from "vitest";
import { openDB } from "idb";
import { aboutRunTexts, packRunTexts, unpackRunTexts, type RunTexts } from "../domain/run/texts.ts";
import { runContentsStorage } from "./database.ts";
import { listFiles, writeFile } from "./opfs.ts";
import { artifactStorage, checkpointStorage, runFiles, runTextStorage } from "./runFiles.ts";

const run = `test-${crypto.randomUUID()}`;
afterEach(() => runFiles.remove(run));

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

const texts: RunTexts = {
  examples: [{ query: "für Ähnliches", positive: "p", negatives: [] }],
  dev: null,
  test: { queries: [{ text: "q", relevant: [0], component: 0 }], corpus: ["p"], splitHash: "s" },
};
const base = { source: "bundled", name: "tiny" } as const;

it("keeps what a run learns from until the run is removed", async () => {
  const file = packRunTexts(texts, { base: JSON.stringify(base) });
  await runTextStorage.save(run, file);
  expect(await runTextStorage.load(run)).toEqual(file);
  await runFiles.remove(run);
  expect(await runTextStorage.load(run)).toBeNull();
});

it.each(["beside the examples", "with the results"])(
  "reads texts of an earlier version, whose test stood %s",
  async (where) => {
    const { test, ...learnt } = texts;
    const beside = where === "beside the examples";
    await writeFile(`runs/${run}/inputs.json`, JSON.stringify({ base, ...learnt, ...(beside && { test }) }));
    if (!beside) {
      await runContentsStorage.load(run); // It makes the stores.
      const database = await openDB("recall-studio");
      await database.put("runContents", { task: test, baseline: null, tuned: null, bm25: null }, run);
      database.close();
      // The page writes results over it before anyone reads the task.
      await runContentsStorage.save(run, { baseline: null, tuned: null, bm25: null });
    }
    const file = (await runTextStorage.load(run))!;
    expect(unpackRunTexts(file)).toEqual(texts);
    expect(JSON.parse(aboutRunTexts(file).base!)).toEqual(base);
    // It is written in today's form by now.
    expect(await listFiles(`runs/${run}`)).toEqual(["texts.safetensors"]);
    expect(await runTextStorage.load(run)).toEqual(file);
  },
);
