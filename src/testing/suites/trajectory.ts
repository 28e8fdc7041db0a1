/** 30 optimizer steps against the Python stack; run on each kernel path by the tests beside this file. */
import { beforeAll, expect, test } from "vitest";
import { adapterOf } from "../../domain/artifact/index.ts";
import { at, entry } from "../../domain/present.ts";
import { DEFAULT_HYPERPARAMETERS, type Hyperparameters } from "../../domain/training/types.ts";
import type { BatchSchedule } from "../../engine/training/batchSchedule.ts";
import type { TokenizedExamples } from "../../engine/training/examples.ts";
import { LoraAdapter } from "../../engine/model/lora.ts";
import type { Qwen3Model } from "../../engine/model/model.ts";
import { Trainer } from "../../engine/training/trainer.ts";
import { createKernels, type KernelOptions, type KernelSession } from "../../kernels/index.ts";
import { fixtureTensors, loadNano, toFloat32Map } from "../engine.ts";
import { fixtureJson } from "../fixtures/load.ts";

/** Bars of the fixtures' README, column "suggested". */
const TOLERANCE = { loss: 2e-5, gradNorm: 1e-4, mostEntries: 5e-6, everyEntry: 1e-4, moved: 1e-4 };

interface TrajectoryFixture {
  steps: number;
  batch_size: number;
  warmup_steps: number;
  learning_rate: number;
  weight_decay: number;
  max_grad_norm: number;
  scale: number;
  r: number;
  lora_alpha: number;
  pairs: [number[], number[]][];
  batches: number[][];
  runs: Record<string, { loss: number[]; grad_norm: number[]; learning_rate: number[] }>;
}

export const trajectorySuite = (path: "tfjs" | "wgsl", options: KernelOptions, weights: ("f32" | "bf16")[]): void => {
  let session: KernelSession;
  let fixture: TrajectoryFixture;
  let initial: Map<string, Float32Array>;
  beforeAll(async () => {
    session = await createKernels({ device: path, ...options });
    expect(session.kernels.path).toBe(path);
    fixture = await fixtureJson("trajectory/trajectory.json");
    initial = toFloat32Map(await fixtureTensors("trajectory/initial.safetensors"));
  });

  /** The fixture's own batches, `chunkSize` pairs at a time. */
  const trainer = (model: Qwen3Model, adapter: LoraAdapter, chunkSize: number): Trainer => {
    const examples: TokenizedExamples = {
      sequences: fixture.pairs.flat().map((tokens) => Int32Array.from(tokens)),
      rows: fixture.pairs.map((_, i) => ({ query: 2 * i, positive: 2 * i + 1, negatives: [] })),
      identity: [],
      knownPositives: new Map(),
      truncated: 0,
    };
    const settings: Hyperparameters = {
      ...DEFAULT_HYPERPARAMETERS,
      learningRate: fixture.learning_rate,
      weightDecay: fixture.weight_decay,
      maxGradNorm: fixture.max_grad_norm,
      scale: fixture.scale,
      batchSize: fixture.batch_size,
      maskKnownPositives: false,
    };
    const chunks = (batch: number[]): number[][] =>
      Array.from({ length: Math.ceil(batch.length / chunkSize) }, (_, c) =>
        batch.slice(c * chunkSize, (c + 1) * chunkSize),
      );
    const schedule: BatchSchedule = {
      steps: fixture.batches.map((batch) => ({ epoch: 0, chunks: chunks(batch) })),
      warmupSteps: fixture.warmup_steps,
      capacity: 512,
      pairs: 240,
      tokens: 0,
    };
    return new Trainer(model, adapter, examples, settings, { schedule });
  };
  const setUp = async (dtype: "f32" | "bf16"): Promise<{ model: Qwen3Model; adapter: LoraAdapter }> => {
    const model = await loadNano(session.kernels, dtype);
    const adapter = LoraAdapter.from(session.kernels, model.config, adapterOf(fixture.r, fixture.lora_alpha, initial));
    return { model, adapter };
  };

  /** Against the same run in float64, and against the untouched float32 stack. */
  test.each(weights)("30 steps on %s weights equal the reference step by step, and in the end", async (dtype) => {
    const names = dtype === "f32" ? ["f64", "f32"] : [`${dtype}_weights_f64`, `${dtype}_weights_f32`];
    const runs = names.map((name) => fixture.runs[name]!);
    const { model, adapter } = await setUp(dtype);
    const training = trainer(model, adapter, 8);
    for (let step = 0; step < fixture.steps; step++) {
      const result = await training.step();
      for (const run of runs) {
        const [loss, norm] = [at(run.loss, step), at(run.grad_norm, step)];
        expect(result.learningRate).toBeCloseTo(at(run.learning_rate, step), 12);
        expect(Math.abs(result.loss - loss), `loss of step ${step}`).toBeLessThan(TOLERANCE.loss);
        expect(Math.abs(result.gradNorm - norm), `norm of step ${step}`).toBeLessThan(TOLERANCE.gradNorm);
      }
    }
    expect(training.finished).toBe(true);
    const final = (await adapter.read()).tensors;
    for (const name of names) {
      const expected = await fixtureTensors(`trajectory/final.${name}.safetensors`);
      expect([...final.keys()].sort()).toEqual([...expected.keys()].sort());
      const differences: number[] = [];
      let distance = 0;
      let moved = 0;
      for (const [tensor, values] of expected)
        values.forEach((value, i) => {
          const difference = Math.abs(at(entry(final, tensor), i) - value);
          differences.push(difference);
          distance += difference ** 2;
          moved += (value - at(entry(initial, tensor), i)) ** 2;
        });
      differences.sort((a, b) => a - b);
      expect(differences[Math.floor(0.999 * differences.length)]).toBeLessThan(TOLERANCE.mostEntries);
      expect(differences.at(-1)).toBeLessThan(TOLERANCE.everyEntry);
      expect(Math.sqrt(distance / moved)).toBeLessThan(TOLERANCE.moved);
    }
    for (const item of [adapter, model]) item.dispose();
  });

  test("a run cut in the middle and resumed from its checkpoint ends exactly where an uncut one does", async () => {
    const { model, adapter } = await setUp("bf16");
    const uncut = trainer(model, adapter, 4);
    let checkpoint: Uint8Array = new Uint8Array();
    const losses: number[] = [];
    for (let step = 0; step < 6; step++) {
      losses.push((await uncut.step()).loss);
      if (step === 2) checkpoint = await uncut.checkpoint();
    }
    const expected = (await adapter.read()).tensors;

    const other = LoraAdapter.create(session.kernels, model.config, {
      rank: fixture.r,
      alpha: fixture.lora_alpha,
      seed: 7,
    });
    const resumed = trainer(model, other, 4);
    resumed.restore(checkpoint);
    expect(resumed.stepsDone).toBe(3);
    for (let step = 3; step < 6; step++) expect((await resumed.step()).loss).toBe(losses[step]);
    const found = (await other.read()).tensors;
    for (const [name, values] of expected) expect(found.get(name)).toEqual(values);
    for (const item of [adapter, other, model]) item.dispose();
  });
};
