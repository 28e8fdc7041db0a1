import { adapterOf } from "../../domain/artifact/index.ts";
import { StudioError } from "../../domain/errors.ts";
import { parseModelConfig } from "../../domain/modelConfig.ts";
import type { ModelFiles } from "../../domain/modelFiles.ts";
import { readAllFloat32 } from "../../domain/safetensors/index.ts";
import { DEFAULT_HYPERPARAMETERS } from "../../domain/training/types.ts";
import type { Kernels } from "../../kernels/index.ts";
import { embedSequences } from "../embed/embedder.ts";
import { LoraAdapter } from "../model/lora.ts";
import { Qwen3Model } from "../model/model.ts";
import { loadWeights } from "../model/weights.ts";
import { Trainer } from "../training/trainer.ts";
import { check, type Check, largest } from "./check.ts";
import type { SelfTestFixture } from "./fixture.ts";

/** How far a device may be from the reference. */
type Tolerance = SelfTestFixture["weightRounding"];

/** Sequences of 1, 2, 3, 5 and 8 tokens. */
const SHORT = 5;

/**
 * A nano model on these kernels against the reference stack: embeddings of ragged sequences, then loss and gradient norm of three
 * optimizer steps.
 */
export const nanoChecks = async (
  kernels: Kernels,
  toleranceOf: (fixture: SelfTestFixture) => Tolerance,
): Promise<Check[]> => {
  const { selfTestFixture: fixture, fromBase64 } = await import("./fixture.ts");
  const tolerance = toleranceOf(fixture);
  const config = parseModelConfig(fixture.config);
  const model = new Qwen3Model(
    kernels,
    config,
    await loadWeights(memoryFiles(fromBase64(fixture.model)), config, kernels),
  );
  const tensors = new Map([...readAllFloat32(fromBase64(fixture.adapter))].map(([name, { values }]) => [name, values]));
  const adapter = LoraAdapter.from(kernels, config, adapterOf(fixture.rank, fixture.alpha, tensors));
  const trainer = trainerOf(fixture, model, adapter);
  try {
    const sequences = fixture.sequences.map((tokens) => Int32Array.from(tokens));
    const expected = new Float32Array(fromBase64(fixture.embeddings).buffer);
    const whole = (await embedSequences(model, null, sequences)).data;
    // Batches of few tokens run other kernels.
    const short = (await embedSequences(model, null, sequences.slice(0, SHORT))).data;
    const error = Math.max(largest(whole, expected), largest(short, expected.subarray(0, short.length)));
    return [check("embeddings", error, tolerance.embeddings), ...(await steps(fixture, trainer, tolerance))];
  } finally {
    adapter.dispose();
    model.dispose();
  }
};

const steps = async (fixture: SelfTestFixture, trainer: Trainer, tolerance: Tolerance): Promise<Check[]> => {
  const losses: number[] = [];
  const norms: number[] = [];
  try {
    for (const _ of fixture.losses) {
      const { loss, gradNorm } = await trainer.step();
      losses.push(loss);
      norms.push(gradNorm);
    }
  } catch (error) {
    if (!(error instanceof StudioError) || error.code !== "training-diverged") throw error;
  }
  return [
    check("loss", largest(losses, fixture.losses), tolerance.loss),
    check("gradient norm", largest(norms, fixture.gradNorms), tolerance.gradNorm),
  ];
};

const trainerOf = (fixture: SelfTestFixture, model: Qwen3Model, adapter: LoraAdapter): Trainer => {
  const pairs = fixture.batches.flat();
  let at = 0;
  const steps = fixture.batches.map((batch) => ({ epoch: 0, chunks: [batch.map(() => at++)] }));
  const tokens = pairs.flat(2).length;
  return new Trainer(
    model,
    adapter,
    {
      sequences: pairs.flat().map((sequence) => Int32Array.from(sequence)),
      rows: pairs.map((_, row) => ({ query: 2 * row, positive: 2 * row + 1, negatives: [] })),
      identity: [],
      knownPositives: new Map(),
      truncated: 0,
    },
    { ...DEFAULT_HYPERPARAMETERS, learningRate: fixture.learningRate, maskKnownPositives: false },
    { schedule: { steps, warmupSteps: fixture.warmupSteps, capacity: 512, pairs: pairs.length, tokens } },
  );
};

const memoryFiles = (model: Uint8Array): ModelFiles => ({
  id: "self-test",
  revision: "built-in",
  size: async (path) => (path === "model.safetensors" ? model.byteLength : null),
  read: async (_, start, end) => model.slice(start, end),
  sha256: async () => "self-test",
});
