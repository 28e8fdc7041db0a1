import { at, entry, present } from "../../domain/present.ts";
import { expect, test } from "vitest";
import { createStore } from "zustand/vanilla";
import { StudioError } from "../../domain/errors.ts";
import { evaluateRetrieval, rankTopK, truncateAndNormalize } from "../../domain/evaluation/index.ts";
import { DEFAULT_HYPERPARAMETERS } from "../../domain/training/types.ts";
import { unpackRunTexts } from "../../domain/run/texts.ts";
import type { DatasetView, DataService } from "../../worker/data/protocol.ts";
import type { EngineService } from "../../worker/engine/protocol.ts";
import { seal, unseal } from "../../worker/rpc.ts";
import { prepareRun } from "./prepareRun.ts";
import { memoryDatasets, sampleLines } from "../testing/datasets.ts";
import { createMiningStore } from "../datasets/miningStore.ts";
import { createInstructionEvalStore } from "./instructionEvalStore.ts";

const DIM = 256;
/** A real bag of words: texts that share longer words are close. A sentence of one word sharpens it, so that it can win. */
const embedding = (texts: readonly string[], blur: number): Float32Array => {
  const data = new Float32Array(texts.length * DIM);
  texts.forEach((text, row) => {
    for (const word of text.toLowerCase().match(/\w{4,}/g) ?? []) {
      let hash = 7;
      for (const letter of word) hash = (Math.imul(hash, 31) + letter.charCodeAt(0)) >>> 0;
      data[row * DIM + (hash % DIM)]! += 1;
    }
    for (let i = 0; i < DIM; i++) data[row * DIM + i]! += blur * Math.sin(row * DIM + i);
  });
  return truncateAndNormalize(data, DIM);
};
const engine = {
  evaluate: async ({ instruction }, sealed, onProgress) => {
    onProgress(1, 2);
    const task = await unseal(sealed);
    const blur = instruction === "Exactly" ? 0 : 6;
    const queries = task.queries.map(({ text }) => text);
    return evaluateRetrieval({
      task,
      label: "baseline",
      dim: DIM,
      queryEmbeddings: embedding(queries, blur),
      corpusEmbeddings: embedding(task.corpus, 0),
    });
  },
  nearest: async ({ k }, sealed, onProgress, signal) => {
    const texts = await unseal(sealed);
    onProgress(1, 2);
    signal.throwIfAborted();
    const [queries, documents] = [embedding(texts.queries, 0), embedding(texts.documents, 0)];
    const ranked = rankTopK({ queryEmbeddings: queries, corpusEmbeddings: documents, dim: DIM, k });
    return seal({ queries, documents, dim: DIM, ranked });
  },
} satisfies Pick<EngineService, "evaluate" | "nearest">;

const base = { source: "bundled", name: "tiny" } as const;

const setUp = async (training = false) => {
  const { store: datasets, data, disk } = memoryDatasets();
  await datasets.getState().addFile(new Blob([sampleLines.slice(0, 120).join("\n")]), "pairs.jsonl");
  const loaded: unknown[] = [];
  const engineStore = createStore(() => ({ requireBase: async (ref: unknown) => void loaded.push(ref) }));
  const live = createStore(() => ({ live: training ? { runId: "other" } : null }));
  const mining = createMiningStore({ data, engine }, datasets, engineStore as never, live as never);
  const lab = createInstructionEvalStore({ data, engine }, engineStore as never, live as never);
  return { datasets, mining, lab, loaded, dataset: () => present(datasets.getState().current, "data set"), data, disk };
};

const choice = {
  base,
  baseName: "tiny",
  settingsName: "Balanced",
  reading: { instruction: null, maxTokens: 64 },
  numNegatives: 3,
  relativeMargin: 0.05,
};
/** The record of a run on a data set, and what the engine would get. */
const plan = async (dataset: DatasetView, data: DataService) => {
  const chosen = {
    dataset,
    base,
    baseName: "org/tiny",
    settingsName: "Balanced",
    hyperparameters: DEFAULT_HYPERPARAMETERS,
    instruction: "",
  };
  const run = await prepareRun(chosen, data, "run", "2026-01-01T00:00:00Z");
  return { run, texts: unpackRunTexts(await unseal(await data.runTexts({ run: "run" }))) };
};

test("mined negatives go into the examples of the next run; its test task and split stay as they were", async () => {
  const { mining, dataset, loaded, data, disk } = await setUp();
  const before = await plan(dataset(), data);
  // By data and settings, so that runs can be told apart.
  expect(before.run.name).toMatch(/^\w[\w.-]*, Balanced, Jan 1 /);
  expect(before.run.name).not.toContain(".jsonl");
  expect(before.texts.examples.every(({ negatives }) => negatives.length === 0)).toBe(true);
  await mining.getState().mine(choice);
  expect(loaded).toEqual([base]);
  const mined = dataset().mined!;
  expect(mined.queriesWithNegatives).toBeGreaterThan(10);
  const after = await plan(dataset(), data);
  const negatives = after.texts.examples.flatMap((example) => example.negatives);
  expect(negatives).toHaveLength(mined.negatives);
  const { parsed, split } = entry(disk, dataset().summary.id);
  const tested = new Set(split!.test.map((row) => at(parsed.rows, row).positives[0]));
  expect(negatives.some((text) => tested.has(text))).toBe(false);
  expect(after.texts.test.taskHash).toBe(before.texts.test.taskHash);
  expect(after.run.dataset.fingerprint).not.toBe(before.run.dataset.fingerprint);
  expect(after.run.dataset.mining).toMatchObject({ numNegatives: 3, negatives: negatives.length, accepted: 0 });

  const [suspect] = mined.suspects;
  mining.getState().judge(suspect!, "relevant");
  await expect.poll(() => dataset().mined?.suspects[0]?.verdict).toBe("relevant");
  const accepted = await plan(dataset(), data);
  expect(accepted.run.dataset.mining?.accepted).toBe(1);
  expect(accepted.texts.examples).toContainEqual(
    expect.objectContaining({ query: suspect!.texts.query, positive: suspect!.texts.document }),
  );
  mining.getState().judge(at(dataset().mined!.suspects, 0), "relevant");
  await expect.poll(() => at(dataset().mined!.suspects, 0).verdict).toBeNull();
});

test("another split drops what was mined; a stop keeps nothing; a run under way is waited for", async () => {
  const { mining, datasets, dataset } = await setUp();
  await mining.getState().mine(choice);
  await datasets.getState().changeSplit({ ...dataset().settings, seed: 7 });
  expect(dataset().split).not.toBeNull();
  expect(dataset().mined).toBeNull();
  const work = mining.getState().mine(choice);
  mining.getState().stop();
  await work;
  expect(mining.getState()).toMatchObject({ status: "idle", problem: null });
  expect(dataset().mined).toBeNull();
  const busy = await setUp(true);
  await busy.mining.getState().mine(choice);
  expect(busy.mining.getState().problem?.code).toBe("engine-busy");
});

test("a sentence is scored beside BM25 and the base's own, once, and is said to win alone", async () => {
  const { lab, dataset } = await setUp();
  const trial = { dataset: dataset(), base, maxTokens: 64 };
  await lab.getState().score(trial, "Exactly");
  const { lines, queries } = lab.getState();
  expect(lines.map(({ sentence }) => sentence)).toEqual([null, "", "Exactly"]);
  expect(queries).toBe(dataset().split!.train + dataset().split!.dev);
  expect(at(lines, 1).against).toBeNull();
  expect(at(lines, 2).against!.result).toMatchObject({ wins: true });
  expect(at(lines, 2).against!.result.sentence).toMatch(/^Improved: recall@10.*without any training\.$/);
  expect(lines.every(({ intervals }) => intervals["recall@10"])).toBe(true);
  await lab.getState().score(trial, "Exactly");
  expect(lab.getState().lines).toHaveLength(3);
  await lab.getState().score({ ...trial, maxTokens: 32 }, "");
  expect(lab.getState().lines.map(({ sentence }) => sentence)).toEqual([null, ""]);
});

test("a failing or stopped scoring keeps the lines that are done", async () => {
  const { lab, dataset } = await setUp();
  const trial = { dataset: dataset(), base, maxTokens: 64 };
  await lab.getState().score(trial, "");
  const fail = (error: Error) => {
    const { evaluate } = engine;
    engine.evaluate = () => Promise.reject(error);
    return () => void (engine.evaluate = evaluate);
  };
  let restore = fail(new StudioError("device-lost", "The GPU was lost.", "Try again."));
  await lab.getState().score(trial, "Another");
  restore();
  expect(lab.getState()).toMatchObject({ status: "failed", problem: { code: "device-lost" } });
  restore = fail(new DOMException("stopped", "AbortError"));
  await lab.getState().score(trial, "Another");
  restore();
  expect(lab.getState()).toMatchObject({ status: "idle", problem: null });
  expect(lab.getState().lines).toHaveLength(2);
});
