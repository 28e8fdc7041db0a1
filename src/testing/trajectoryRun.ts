/** The fixture of 30 optimizer steps, as a trainer takes it, and how far a run ended from its weights. */
import { adapterOf } from "../domain/artifact/index.ts";
import { at, entry } from "../domain/present.ts";
import { DEFAULT_HYPERPARAMETERS, type Hyperparameters } from "../domain/training/types.ts";
import { LoraAdapter } from "../engine/model/lora.ts";
import type { Qwen3Model } from "../engine/model/model.ts";
import type { BatchSchedule } from "../engine/training/batchSchedule.ts";
import type { TokenizedExamples } from "../engine/training/examples.ts";
import { Trainer } from "../engine/training/trainer.ts";
import type { Kernels } from "../kernels/index.ts";
import { fixtureTensors, loadNano, toFloat32Map } from "./engine.ts";
import { fixtureJson } from "./fixtures/load.ts";

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

export class Trajectory {
  private constructor(
    readonly fixture: TrajectoryFixture,
    private readonly initial: Map<string, Float32Array>,
  ) {}

  static async load(): Promise<Trajectory> {
    return new Trajectory(
      await fixtureJson("trajectory/trajectory.json"),
      toFloat32Map(await fixtureTensors("trajectory/initial.safetensors")),
    );
  }

  /** The fixture's own batches, `chunkSize` pairs at a time. */
  trainer(model: Qwen3Model, adapter: LoraAdapter, chunkSize: number): Trainer {
    const { fixture } = this;
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
  }

  async setUp(kernels: Kernels, dtype: "f32" | "bf16"): Promise<{ model: Qwen3Model; adapter: LoraAdapter }> {
    const { r, lora_alpha: alpha } = this.fixture;
    const model = await loadNano(kernels, dtype);
    const adapter = LoraAdapter.from(kernels, model.config, adapterOf(r, alpha, this.initial));
    return { model, adapter };
  }

  /** Differences of all weights from those of a run of the fixture, smallest first, and ‖found − expected‖ / ‖expected − initial‖. */
  async distance(
    found: ReadonlyMap<string, ArrayLike<number>>,
    run: string,
  ): Promise<{ names: string[]; differences: number[]; ofMoved: number }> {
    const expected = await fixtureTensors(`trajectory/final.${run}.safetensors`);
    const differences: number[] = [];
    let distance = 0;
    let moved = 0;
    for (const [tensor, values] of expected)
      values.forEach((value, i) => {
        const difference = Math.abs(at(entry(found, tensor), i) - value);
        differences.push(difference);
        distance += difference ** 2;
        moved += (value - at(entry(this.initial, tensor), i)) ** 2;
      });
    differences.sort((a, b) => a - b);
    return { names: [...expected.keys()].sort(), differences, ofMoved: Math.sqrt(distance / moved) };
  }
}
