import { LoraAdapter } from "../../../engine/model/lora.ts";
import type { Qwen3Model } from "../../../engine/model/model.ts";
import { createKernels, type KernelSession, type Variants } from "../../../kernels/index.ts";
import { engineStep } from "../../engineStep.ts";
import { median } from "../../timing.ts";
import { deviceAdapter, deviceModel } from "../model.ts";
import { type StepSize, uniformTexts, type Workload } from "../workload.ts";

export interface StepResult extends StepSize {
  /** Of the untrained adapter: PyTorch beside it must find the same. */
  loss: number;
  gradNorm: number;
  /** With the shaders' compilation. */
  firstSeconds: number;
  /** Median of the steps after it. */
  seconds: number;
  steps: number;
  tokensPerSecond: number;
  /** Everything allocated on the device; pools do not shrink, so this is the peak so far. */
  bytes: number;
  variants: Variants | null;
  /** Device time of one step by kernel, longest first; null without timestamps. */
  profile: { name: string; ms: number; runs: number }[] | null;
}

const MOST_STEPS = 10;
/** No more steps are begun after so many seconds. */
const ENOUGH_SECONDS = 4;

export interface StepBench {
  session: KernelSession;
  model: Qwen3Model;
}

/** A device with the model on it, in the given forms or those that the engine takes. */
export const openStepBench = async ({ config }: Workload, variants?: Partial<Variants>): Promise<StepBench> => {
  const session = await createKernels({ device: "wgsl", variants });
  return { session, model: await deviceModel(session.kernels, config) };
};

/** A whole training step at one size: forward, loss, backward, AdamW, the loss read back. */
export const measureStep = async (
  { session, model }: StepBench,
  size: StepSize,
  { profile: wanted }: { profile: boolean },
): Promise<StepResult> => {
  const { config } = model;
  const texts = uniformTexts(2 * size.pairs, size.textTokens, config.vocab);
  const batch = { queries: texts.slice(0, size.pairs), documents: texts.slice(size.pairs) };
  const adapter: LoraAdapter = deviceAdapter(session.kernels, config);
  const step = engineStep(model, adapter, { chunkSize: size.pairs, capacity: size.tokens });
  try {
    const clock = async () => {
      const started = performance.now();
      const numbers = await step(batch);
      await session.kernels.finish();
      return { ...numbers, seconds: (performance.now() - started) / 1000 };
    };
    const first = await clock();
    const times: number[] = [];
    const began = performance.now();
    while (times.length < MOST_STEPS && (times.length < 2 || performance.now() - began < ENOUGH_SECONDS * 1000))
      times.push((await clock()).seconds);
    const seconds = median(times);
    const { bytes } = session.memory();
    const profile = wanted ? await session.profile(async () => void (await step(batch))) : null;
    return {
      ...size,
      loss: first.loss,
      gradNorm: first.gradNorm,
      firstSeconds: first.seconds,
      seconds,
      steps: times.length,
      tokensPerSecond: size.tokens / seconds,
      bytes,
      variants: session.variants,
      profile: profile && [...profile].map(([name, { ms, runs }]) => ({ name, ms, runs })).sort((a, b) => b.ms - a.ms),
    };
  } finally {
    adapter.dispose();
  }
};
