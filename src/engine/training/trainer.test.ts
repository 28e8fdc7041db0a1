import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, expect, test } from "vitest";
import { loadTokenizer } from "../../domain/text/tokenizer.ts";
import { DEFAULT_HYPERPARAMETERS, type Hyperparameters } from "../../domain/training/types.ts";
import { createKernels, type KernelSession } from "../../kernels/index.ts";
import { fixtureModel, loadNano } from "../../testing/engine.ts";
import { LoraAdapter } from "../model/lora.ts";
import { tokenizeExamples } from "./examples.ts";
import { Trainer } from "./trainer.ts";

let session: KernelSession;
beforeAll(async () => {
  session = await createKernels({ backends: ["wasm"] });
});

const settings: Hyperparameters = {
  ...DEFAULT_HYPERPARAMETERS,
  rank: 4,
  alpha: 8,
  batchSize: 6,
  chunkSize: 3,
  epochs: 1,
};
const setUp = async (changes: Partial<Hyperparameters> = {}, rows = 18) => {
  const model = await loadNano(session.kernels, "bf16");
  const examples = await tokenizeExamples(
    Array.from({ length: rows }, (_, i) => ({
      query: `t${i}`,
      positive: `t${i + 100} t${i}`,
      negatives: i % 3 === 0 ? [`t${i + 300}`] : [],
    })),
    await loadTokenizer(fixtureModel("nano")),
    { query: "t500 ", document: "" },
    32,
  );
  const adapter = LoraAdapter.create(session.kernels, model.config, { rank: 4, alpha: 8, seed: 1 });
  const trainer = new Trainer(model, adapter, examples, { ...settings, ...changes });
  return { model, adapter, trainer, dispose: () => [adapter, model].forEach((item) => item.dispose()) };
};

test("a run that diverges stops with the finite weights of the step before", async () => {
  const { adapter, trainer, dispose } = await setUp({ learningRate: 1e30, warmupRatio: 0, maxGradNorm: 1e9 });
  await trainer.step();
  const before = (await adapter.read()).tensors;
  await expect(trainer.step()).rejects.toMatchObject({ code: "training-diverged" });
  const after = (await adapter.read()).tensors;
  for (const [name, values] of before) expect(after.get(name)).toEqual(values);
  expect(trainer.stepsDone).toBe(1);
  dispose();
});

test("steps leave no tensors behind", async () => {
  const { trainer, dispose } = await setUp({ epochs: 3 });
  await trainer.step();
  const before = tf.memory().numTensors;
  for (let step = 0; step < 5; step++) await trainer.step();
  expect(tf.memory().numTensors).toBe(before);
  dispose();
});

test("the size of a chunk changes memory, not the result", async () => {
  const losses: number[][] = [];
  for (const chunkSize of [6, 2]) {
    const { trainer, dispose } = await setUp({ chunkSize });
    const run: number[] = [];
    while (!trainer.finished) run.push((await trainer.step()).loss);
    losses.push(run);
    dispose();
  }
  expect(losses[0]).toHaveLength(3);
  losses[0]?.forEach((loss, step) => expect(Math.abs(loss - (losses[1]?.[step] as number))).toBeLessThan(2e-5));
});

test("where memory runs out, the step is done again in halves, and the losses stay", async () => {
  const run = async (failures: number[]) => {
    const { trainer, model, dispose } = await setUp({ chunkSize: 6 });
    const { kernels } = model;
    let forward = 0;
    const short = Object.assign(Object.create(model) as typeof model, {
      kernels: {
        ...kernels,
        swiglu: (...args: Parameters<typeof kernels.swiglu>) => {
          if (failures.includes(forward++)) throw new RangeError("Array buffer allocation failed");
          return kernels.swiglu(...args);
        },
      },
    });
    Object.assign(trainer, { model: short });
    const halved: [number, number][] = [];
    trainer.onChunksHalved = (pairs, step) => halved.push([pairs, step]);
    const losses: number[] = [];
    const before = tf.memory().numTensors;
    while (!trainer.finished) losses.push((await trainer.step()).loss);
    expect(tf.memory().numTensors).toBe(before);
    dispose();
    return { losses, halved, pairs: trainer.chunkPairs };
  };
  const whole = await run([]);
  expect(whole.halved).toEqual([]);
  // In the second layer of step 2, and again as it is tried in halves.
  const cut = await run([3, 5]);
  expect(cut.halved).toEqual([
    [3, 2],
    [2, 2],
  ]);
  expect(cut.pairs).toBe(2);
  expect(cut.losses).toHaveLength(3);
  cut.losses.forEach((loss, step) => expect(Math.abs(loss - (whole.losses[step] as number))).toBeLessThan(2e-5));
  // Not a single pair fits: the run ends, and says why.
  await expect(run(Array.from({ length: 99 }, (_, i) => i))).rejects.toMatchObject({ code: "out-of-memory" });
});

test("a checkpoint of other settings, and Matryoshka dimensions beyond the model, are refused", async () => {
  const first = await setUp();
  await first.trainer.step();
  const checkpoint = await first.trainer.checkpoint();
  const other = await setUp({ learningRate: 1e-5 });
  expect(() => other.trainer.restore(checkpoint)).toThrow(expect.objectContaining({ code: "checkpoint-mismatch" }));
  first.dispose();
  other.dispose();
  await expect(setUp({ matryoshkaDims: [128] })).rejects.toMatchObject({ code: "matryoshka-dimension" });
});

test("dev is scored every so many steps and after the last, or at the ends of epochs, not both", async () => {
  const scored = async (every: number): Promise<number[]> => {
    const { trainer, dispose } = await setUp({ epochs: 2, batchSize: 8, shuffle: false });
    const steps: number[] = [];
    while (!trainer.finished) {
      await trainer.step();
      if (trainer.isDevStep(every)) steps.push(trainer.stepsDone);
    }
    dispose();
    return steps;
  };
  expect(await scored(4)).toEqual([4, 6]);
  expect(await scored(0)).toEqual([3, 6]);
  // Of the first step of a warm-up the rate is 0: its weights are still the base's.
  expect(await scored(1)).toEqual([2, 3, 4, 5, 6]);
});
