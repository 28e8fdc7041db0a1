import * as tf from "@tensorflow/tfjs-core";
import { at } from "../../domain/present.ts";
import type { Gpu } from "../runtime/gpu.ts";
import { everywhere, isHalf, type Variants } from "./context.ts";
import { attentionProbe, linearProbe, type Probe, reduceProbe } from "./probe.ts";
import { wgslKernels } from "./wgsl-kernels.ts";

/** What has forms; those of `forward` are of the linear kernel. */
export type Kernel = Exclude<keyof Variants, "forward">;

/** The forms without barriers or subgroups: nothing in them depends on how a driver orders lanes. The others are held to them. */
export const PLAIN: Variants = { linear: everywhere("register8"), attention: "row", reduce: "serial" };

/** ‖found − plain‖ / ‖plain‖ that sums in another order stay below by far, and anything wrong does not. */
const TOLERANCE = 1e-4;

/**
 * The same with f16 factors: each product is made of two factors and rounded itself, all three to 11 bits, so that it is off by
 * 3·2⁻¹¹ of itself at most; so is then the sum, unless the roundings conspire.
 */
const HALF_TOLERANCE = 3 * 2 ** -11;

/** Widths and lengths that no tile divides, and that take more than one of each. */
const problem = (gpu: Gpu, variants: Variants, kernel: Kernel, seed: number): Probe => {
  const kernels = wgslKernels({ gpu, variants });
  if (kernel === "linear") return linearProbe(kernels, 134, 144, 196, seed);
  if (kernel === "attention") return attentionProbe(kernels, [1, 37, 70], 4, 128, seed);
  return reduceProbe(kernels, 70, 144, seed);
};

const results = async (gpu: Gpu, variants: Variants, kernel: Kernel, seed: number): Promise<Float32Array[]> => {
  const probe = problem(gpu, variants, kernel, seed);
  try {
    const tensors = probe.run();
    const values = await Promise.all(tensors.map((tensor) => tensor.data<"float32">()));
    tf.dispose(tensors);
    return values;
  } finally {
    probe.dispose();
  }
};

/** NaN where anything is not a number. */
const distance = (found: Float32Array, plain: Float32Array): number => {
  let [difference, size] = [0, 0];
  for (let i = 0; i < plain.length; i++) {
    difference += (at(found, i) - at(plain, i)) ** 2;
    size += at(plain, i) ** 2;
  }
  return Math.sqrt(difference / size);
};

/** Each trial has numbers of its own: buffers are pooled, and a form that writes nothing must not find the last trial's results in them. */
let trials = 0;
const SEEDS_A_TRIAL = 16;

/**
 * Why the form of one kernel in `variants` is not to be used on this device: it computes something else than the plain form on
 * random input, or the device refuses it. Null when it agrees. A refusal does not count as a fault of the device.
 */
export const distrust = async (gpu: Gpu, variants: Variants, kernel: Kernel): Promise<string | null> => {
  const scopes = ["out-of-memory", "internal", "validation"] as const;
  for (const scope of scopes) gpu.device.pushErrorScope(scope);
  let worst = 0;
  let thrown: string | null = null;
  try {
    const seed = SEEDS_A_TRIAL * trials++;
    const found = await results(gpu, variants, kernel, seed);
    const plain = await results(gpu, { ...PLAIN }, kernel, seed);
    worst = plain.reduce((most, values, i) => Math.max(most, distance(at(found, i), values)), 0);
  } catch (error) {
    thrown = error instanceof Error ? error.message : String(error);
  }
  const errors = await Promise.all(scopes.map(() => gpu.device.popErrorScope()));
  const refused = errors.find((error) => error !== null);
  if (refused) return `the device refused it: ${at(refused.message.split("\n"), 0)}`;
  if (thrown !== null) return `it could not run: ${thrown}`;
  const tolerance = Object.values(variants.forward ?? variants.linear).some(isHalf) ? HALF_TOLERANCE : TOLERANCE;
  return worst < tolerance ? null : `it differs from the plain form by ${worst.toExponential(1)}`;
};
