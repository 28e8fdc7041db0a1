import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, test } from "vitest";
import { loadTokenizer } from "../domain/text/tokenizer.ts";
import { DEFAULT_HYPERPARAMETERS } from "../domain/training/types.ts";
import { createKernels, type Kernels, type KernelSession } from "../kernels/index.ts";
import { countDevice } from "../testing/deviceCounts.ts";
import { fixtureModel, largestDifference, loadNano } from "../testing/engine.ts";
import { embedSequences } from "./embed/embedder.ts";
import { loadBase } from "./model/base.ts";
import { LoraAdapter } from "./model/lora.ts";
import { selfTest } from "./selfTest/selfTest.ts";
import { wideHeadCheck } from "./selfTest/wideHead.ts";
import { RunControl } from "./training/control.ts";
import { tokenizeExamples } from "./training/examples.ts";
import { runTraining } from "./training/run.ts";
import { Trainer } from "./training/trainer.ts";

/** Loss, gradient norm, two sums of cosines and the norms of 16 texts, in one piece. */
const READ_BACK = 20 * Float32Array.BYTES_PER_ELEMENT;

describe("on a WebGPU device", () => {
  let session: KernelSession;
  beforeAll(async () => {
    session = await createKernels({ device: "wgsl" });
  });

  test("the self-test passes, and fails when the device computes wrong numbers", async () => {
    expect(await selfTest(session)).toMatchObject({ passed: true });
    const { kernels } = session;
    const slightly: KernelSession = {
      ...session,
      kernels: {
        ...kernels,
        swiglu: (gate, up, batch) => tf.tidy(() => tf.mul(kernels.swiglu(gate, up, batch), 1.001)),
      },
    };
    const report = await selfTest(slightly);
    expect(report.passed).toBe(false);
    expect(report.checks.find(({ name }) => name === "embeddings")?.passed).toBe(false);
  });

  test("attention is checked at the head width of 0.6B, forward and backward", async () => {
    const { kernels } = session;
    const before = tf.memory().numTensors;
    expect(await wideHeadCheck(kernels, 128)).toMatchObject({ passed: true });
    expect(await wideHeadCheck(kernels, 32)).toBeNull();
    expect(tf.memory().numTensors).toBe(before);
    const slightly: Kernels["attentionBackward"] = (...args) => {
      const { dq, dk, dv } = kernels.attentionBackward(...args);
      return { dq, dk: args[6] === 128 ? tf.mul(dk, 1.01) : dk, dv };
    };
    expect(await wideHeadCheck({ ...kernels, attentionBackward: slightly }, 128)).toMatchObject({ passed: false });
  });

  test("after warm-up, 20 steps on ragged batches make no object but encoders, and read back only their numbers", async () => {
    const model = await loadNano(session.kernels, "bf16");
    const words = (count: number, from: number): string =>
      Array.from({ length: count }, (_, i) => `t${(from + i) % 500}`).join(" ");
    const examples = await tokenizeExamples(
      Array.from({ length: 208 }, (_, i) => ({
        query: words(1 + (i % 7), i),
        positive: words(16 + ((i * 13) % 29), i + 1), // no chunk is so small that another form of a kernel takes it
        negatives: [],
      })),
      await loadTokenizer(fixtureModel("nano")),
      { query: "", document: "" },
      64,
    );
    const adapter = LoraAdapter.create(session.kernels, model.config, { rank: 4, alpha: 8, seed: 1 });
    const trainer = new Trainer(model, adapter, examples, {
      ...DEFAULT_HYPERPARAMETERS,
      rank: 4,
      alpha: 8,
      epochs: 2,
      batchSize: 8,
      chunkSize: 4,
    });
    const held = () => {
      const memory = tf.memory() as tf.MemoryInfo & { numBytesInGPU?: number; numBytesAllocatedInGPU?: number };
      return { ...session.memory(), tensors: memory.numTensors, allocated: memory.numBytesAllocatedInGPU };
    };
    for (let step = 0; step < 2; step++) await trainer.step();
    const before = held();
    const calls = countDevice();
    for (let step = 0; step < 20; step++) await trainer.step();
    expect(held()).toEqual(before);
    // Whoever asks, tfjs too: one small buffer a step comes to the CPU, and none is made but to carry it.
    const { created, read, ...rest } = calls.stop();
    expect(created).toEqual([]);
    expect(rest).toMatchObject({ bindGroups: 0, pipelines: 0, encoders: rest.submits });
    expect(read).toEqual(new Array<number>(20).fill(READ_BACK));
    expect(created).toEqual([]);

    // More chunks than a shader has bindings; and a device that has no memory for the second step as it is.
    const { device } = tf.backend() as unknown as { device: GPUDevice };
    const popErrorScope = device.popErrorScope.bind(device);
    const twoSteps = async (memoryRunsOut: boolean) => {
      const own = LoraAdapter.create(session.kernels, model.config, { rank: 4, alpha: 8, seed: 2 });
      const many = { ...DEFAULT_HYPERPARAMETERS, rank: 4, alpha: 8, batchSize: 20, chunkSize: 2 };
      const chunked = new Trainer(model, own, examples, many);
      const losses = [(await chunked.step()).loss];
      const full = () => popErrorScope().then(() => new GPUOutOfMemoryError("full"));
      if (memoryRunsOut) device.popErrorScope = () => ((device.popErrorScope = popErrorScope), full());
      losses.push((await chunked.step()).loss);
      const { tensors } = await own.read();
      own.dispose();
      return { losses, pairs: chunked.chunkPairs, values: [...tensors.values()].flatMap((part) => [...part]) };
    };
    const whole = await twoSteps(false);
    const halved = await twoSteps(true);
    device.popErrorScope = popErrorScope;
    expect([whole.pairs, halved.pairs]).toEqual([2, 1]);
    halved.losses.forEach((loss, step) => expect(Math.abs(loss - whole.losses[step]!)).toBeLessThan(2e-5));
    expect(largestDifference(halved.values, whole.values)).toBeLessThan(1e-4);
    expect(session.failure()).toBeNull();
    for (const item of [adapter, model]) item.dispose();
  });

  // Last, since it takes the device away.
  test("a device lost in a step of a run, or while texts are embedded, is named, and a fresh one works", async () => {
    const named = { code: "device-lost", hint: expect.stringContaining("saved") as string };
    const base = await loadBase(session, fixtureModel("nano"));
    const text = (i: number) => `t${i} t${i + 1}`;
    const run = runTraining(
      base,
      {
        examples: Array.from({ length: 8 }, (_, i) => ({ query: text(i), positive: text(i + 9), negatives: [] })),
        dev: null,
        test: null,
        hyperparameters: { ...DEFAULT_HYPERPARAMETERS, rank: 4, alpha: 8, batchSize: 4, chunkSize: 4 },
        instruction: null,
        resumeFrom: null,
      },
      new RunControl(),
      (event) => event.type === "step" && session.close(),
    );
    await expect(run).rejects.toMatchObject(named);

    const fresh = await createKernels({ device: "wgsl" });
    const model = await loadNano(fresh.kernels, "bf16");
    const sequences = Array.from({ length: 60 }, (_, i) => Int32Array.from({ length: 1 + (i % 30) }, (_, j) => i + j));
    const lose = (done: number) => done > 0 && fresh.close();
    const embedding = embedSequences(model, null, sequences, { tokenBudget: 128, onProgress: lose });
    await expect(embedding).rejects.toMatchObject(named);
    await expect((await createKernels({ device: "wgsl" })).kernels.finish()).resolves.toBeUndefined();
  });
});
