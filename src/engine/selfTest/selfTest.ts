import { adapterOf } from "../../domain/artifact/index.ts";
import { StudioError } from "../../domain/errors.ts";
import { parseModelConfig } from "../../domain/modelConfig.ts";
import type { ModelFiles } from "../../domain/modelFiles.ts";
import { readAllFloat32 } from "../../domain/safetensors/index.ts";
import { DEFAULT_HYPERPARAMETERS, type SelfTestReport } from "../../domain/training/types.ts";
import type { KernelSession } from "../../kernels/index.ts";
import { embedSequences } from "../embed/embedder.ts";
import type { LoadedBase } from "../model/base.ts";
import { LoraAdapter } from "../model/lora.ts";
import { Qwen3Model } from "../model/model.ts";
import { loadWeights } from "../model/weights.ts";
import { Trainer } from "../training/trainer.ts";
import { check, type Check, largest } from "./check.ts";
import type { SelfTestFixture } from "./fixture.ts";
import { cardCheck } from "./modelCard.ts";
import { wideHeadCheck } from "./wideHead.ts";

/** Ten times the engine's own parity bars: drivers differ in rounding, a wrong kernel is off by far more. */
const TOLERANCE = { embeddings: 2e-5, loss: 2e-4, gradNorm: 1e-3 };

/** Sequences of 1, 2, 3, 5 and 8 tokens. */
const SHORT = 5;

/**
 * Runs a nano model on this very device and compares with the reference stack: embeddings of ragged sequences, then
 * loss and gradient norm of three optimizer steps. With a base in memory, attention at the width of its heads; with a published
 * one, its model card's cosines too.
 */
export const selfTest = async (session: KernelSession, base: LoadedBase | null = null): Promise<SelfTestReport> => {
  const start = performance.now();
  const { selfTestFixture: fixture, fromBase64 } = await import("./fixture.ts");
  const config = parseModelConfig(fixture.config);
  const model = new Qwen3Model(
    session.kernels,
    config,
    await loadWeights(memoryFiles(fromBase64(fixture.model)), config, session.kernels),
  );
  const tensors = new Map([...readAllFloat32(fromBase64(fixture.adapter))].map(([name, { values }]) => [name, values]));
  const adapter = LoraAdapter.from(session.kernels, config, adapterOf(fixture.rank, fixture.alpha, tensors));
  const trainer = trainerOf(fixture, model, adapter);
  try {
    const sequences = fixture.sequences.map((tokens) => Int32Array.from(tokens));
    const expected = new Float32Array(fromBase64(fixture.embeddings).buffer);
    const whole = (await embedSequences(model, null, sequences)).data;
    // Batches of few tokens run other kernels.
    const short = (await embedSequences(model, null, sequences.slice(0, SHORT))).data;
    const error = Math.max(largest(whole, expected), largest(short, expected.subarray(0, short.length)));
    const checks = [check("embeddings", error, TOLERANCE.embeddings), ...(await steps(fixture, trainer))];
    const ofBase = base && [await wideHeadCheck(session.kernels, base.config.headDim), await cardCheck(base)];
    checks.push(...(ofBase ?? []).filter((entry) => entry !== null));
    return { passed: checks.every(({ passed }) => passed), seconds: (performance.now() - start) / 1000, checks };
  } finally {
    adapter.dispose();
    model.dispose();
  }
};

/** @throws StudioError `self-test-failed` naming the checks that failed */
export const assertSelfTest = ({ passed, checks }: SelfTestReport): void => {
  if (passed) return;
  const failed = checks
    .filter((entry) => !entry.passed)
    .map(({ name, error, tolerance }) => `${name} (off by ${error.toPrecision(2)}, at most ${tolerance})`);
  throw new StudioError(
    "self-test-failed",
    `This device computes wrong numbers, so training on it would be worthless: ${failed.join(", ")}.`,
    "Update the browser and the graphics driver, or choose another graphics adapter. The CPU fallback is slow but right.",
  );
};

const steps = async (fixture: SelfTestFixture, trainer: Trainer): Promise<Check[]> => {
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
    check("loss", largest(losses, fixture.losses), TOLERANCE.loss),
    check("gradient norm", largest(norms, fixture.gradNorms), TOLERANCE.gradNorm),
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
