import * as tf from "@tensorflow/tfjs-core";
import { entry } from "../domain/present.ts";
import { f32ToBf16 } from "../domain/safetensors/index.ts";
import { createKernels, type KernelSession } from "../kernels/index.ts";
import { everywhere, HALF_FORMS, TILE_FORMS } from "../kernels/wgsl/context.ts";
import { interleave, median } from "./timing.ts";

export interface MatmulResult {
  /** tokens × in → out */
  shape: string;
  gflop: number;
  rows: { name: string; gflops: number; ratio: number }[];
}

/** Shape classes: [tokens, in, out]. The first three are the tiny base's, the rest one layer of 0.6B. */
const MATMUL_SHAPES: [number, number, number][] = [
  [1024, 128, 128],
  [1024, 128, 384],
  [1024, 384, 128],
  [256, 1024, 2048],
  [256, 1024, 3072],
  [256, 3072, 1024],
];

/**
 * Ours, as chosen for the adapter; each tile of a graphics card, and those of f16 where the device has it, which are never chosen,
 * because their numbers differ.
 */
const ownForms = async ({ kernels, device }: KernelSession) => {
  const own = [{ prefix: "recall-studio", kernels }];
  for (const form of [...(device.slow ? [] : TILE_FORMS), ...(device.features.shaderF16 ? HALF_FORMS : [])]) {
    const session = await createKernels({ device: "wgsl", variants: { linear: everywhere(form) } });
    own.push({ prefix: `recall-studio ${form}`, kernels: session.kernels });
  }
  return own;
};

/** y = x·Wᵀ and dx = dy·W with a frozen BF16 weight, ours against tfjs with float32 weights. */
export const benchMatmul = async (
  session: KernelSession,
  { rounds, note }: { rounds: number; note: (line: string) => void },
): Promise<MatmulResult[]> => {
  const { kernels } = session;
  const forms = await ownForms(session);
  tf.env().set("WEBGPU_MATMUL_PROGRAM_TYPE", 3);
  const results: MatmulResult[] = [];
  for (const [tokens, input, output] of MATMUL_SHAPES) {
    const values = Float32Array.from({ length: input * output }, (_, i) => Math.sin(i * 0.37) / Math.sqrt(input));
    const weight = kernels.frozenMatrix(new Uint8Array(f32ToBf16(values).buffer), "BF16", output, input);
    const batch = kernels.packedBatch([new Int32Array(tokens)], tokens);
    const x = tf.tensor2d(
      Float32Array.from({ length: tokens * input }, (_, i) => Math.cos(i * 0.11)),
      [tokens, input],
    );
    const dy = tf.tensor2d(
      Float32Array.from({ length: tokens * output }, (_, i) => Math.cos(i * 0.07)),
      [tokens, output],
    );
    const plain = tf.tensor2d(values, [output, input]);
    const peers = [
      ...forms.flatMap(({ prefix, kernels: own }) => [
        { name: `${prefix} forward`, run: () => own.linear(x, weight, null, batch) },
        { name: `${prefix} backward`, run: () => own.linearBackward(dy, x, weight, null, batch) },
      ]),
      { name: "tfjs forward", run: () => tf.matMul(x, plain, false, true) },
      { name: "tfjs backward", run: () => tf.matMul(dy, plain) },
    ];
    const once = async (peer: (typeof peers)[number]) => {
      const y = peer.run();
      await tf.tidy(() => tf.sum(tf.slice(y, [0, 0], [1, 1]))).data(); // waits for the device
      y.dispose();
    };
    for (const peer of peers) await once(peer);
    const seconds = await interleave(peers, rounds, once, () => {});
    const gflop = (2 * tokens * input * output) / 1e9;
    const rate = (name: string) => gflop / median(entry(seconds, name));
    const shape = `${tokens} × ${input} → ${output}`;
    results.push({
      shape,
      gflop,
      rows: peers.map(({ name }) => ({
        name,
        gflops: rate(name),
        ratio: rate(name) / rate(name.replace(/^.* /, "tfjs ")),
      })),
    });
    note(`${shape}: ${peers.map(({ name }) => `${name} ${rate(name).toFixed(2)} GFLOP/s`).join(", ")}`);
    tf.dispose([x, dy, plain]);
    weight.dispose();
    batch.dispose();
  }
  return results;
};
