import * as tf from "@tensorflow/tfjs-core";
import { projectionShape, type ModelConfig, type Projection } from "../../../domain/modelConfig.ts";
import { f32ToBf16 } from "../../../domain/safetensors/index.ts";
import { createKernels, type KernelSession } from "../../../kernels/index.ts";
import type { LinearForm } from "../../../kernels/wgsl/context.ts";
import { numbers } from "../../../testing/numbers.ts";
import { variantsOf } from "../forms.ts";
import type { Workload } from "../workload.ts";

export interface MatmulResult {
  rows: number;
  inputs: number;
  outputs: number;
  /** Of each form, without LoRA, in TFLOP/s. */
  forms: { form: string; forward: number; backward: number }[];
}

/** One projection of each shape class. */
const CLASSES: Projection[] = ["k_proj", "q_proj", "o_proj", "gate_proj", "down_proj"];

/** `rows projection`, as the items of this section are named. */
export const matmulItems = ({ matmulRows }: Workload): string[] =>
  matmulRows.toReversed().flatMap((rows) => CLASSES.map((projection) => `${rows} ${projection}`));

const RUNS = 8;

/**
 * TFLOP/s by the device's own timestamps, in the fastest of three rounds; by the clock where it has none. The clock also sees
 * buffers being made, which at the largest shapes takes longer than the product.
 */
const rate = async ({ kernels, profile }: KernelSession, flops: number, run: () => tf.Tensor): Promise<number> => {
  const seconds: number[] = [];
  for (let round = 0; round <= 3; round++) {
    const started = performance.now();
    const times = await profile(async () => {
      for (let i = 0; i < RUNS; i++) run().dispose();
      await kernels.finish();
    });
    const onClock = (performance.now() - started) / 1000;
    const onDevice = times && [...times.values()].reduce((sum, { ms }) => sum + ms, 0) / 1000;
    if (round > 0) seconds.push(onDevice ?? onClock); // the first compiles
  }
  return (flops * RUNS) / Math.min(...seconds) / 1e12;
};

const measureForm = async (form: string, rows: number, [outputs, inputs]: [number, number]) => {
  const session = await createKernels({ device: "wgsl", variants: variantsOf(`linear ${form}`), tune: false });
  const { kernels } = session;
  const weight = kernels.frozenMatrix(
    new Uint8Array(f32ToBf16(numbers(outputs * inputs, 3)).buffer),
    "BF16",
    outputs,
    inputs,
  );
  const batch = kernels.packedBatch([new Int32Array(rows)], rows);
  const x = tf.tensor2d(numbers(rows * inputs, 4), [rows, inputs]);
  const dy = tf.tensor2d(numbers(rows * outputs, 5), [rows, outputs]);
  const flops = 2 * rows * inputs * outputs;
  const forward = await rate(session, flops, () => kernels.linear(x, weight, null, batch));
  const backward = await rate(session, flops, () => kernels.linearBackward(dy, x, weight, null, batch));
  tf.dispose([x, dy]);
  weight.dispose();
  batch.dispose();
  return { form, forward, backward };
};

/** y = x·Wᵀ and dx = dy·W of one shape class in every form. */
export const measureMatmul = async (
  item: string,
  config: ModelConfig,
  forms: readonly LinearForm[],
): Promise<MatmulResult> => {
  const [rows, projection] = item.split(" ") as [string, Projection];
  const shape = projectionShape(config, projection);
  const found: MatmulResult["forms"] = [];
  for (const form of forms) found.push(await measureForm(form, Number(rows), shape));
  return { rows: Number(rows), inputs: shape[1], outputs: shape[0], forms: found };
};
