import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-core/dist/register_all_gradients.js"; // the core alone knows no gradients
import { modelTensors } from "../domain/modelConfig.ts";
import { at, entry, present } from "../domain/present.ts";
import {
  LEARNING_RATE,
  LORA,
  loraValues,
  padded,
  rotary,
  SCALE,
  type BenchModel,
  type TrainingPeer,
} from "./workload.ts";

type T = tf.Tensor;

/**
 * The training step as one would write it with tfjs alone: padded batches, autograd through stock ops, built-in Adam. Frozen
 * weights are float32 and stored transposed, so that the forward matmuls take tfjs' fast path. The split-K matmul, which
 * gives wrong results on few-tile shapes, is switched off by the caller (`WEBGPU_MATMUL_PROGRAM_TYPE`).
 */
export const tfjsPeer = (model: BenchModel): TrainingPeer => {
  const { config } = model;
  const { heads, kvHeads, headDim, rmsEps } = config;
  const frozen = new Map<string, T>();
  for (const [name, shape] of modelTensors(config)) {
    const stored = tf.tensor(entry(model.weights, name), shape);
    const isProjection = shape.length === 2 && name !== "embed_tokens.weight";
    frozen.set(name, isProjection ? tf.transpose(stored) : stored);
    if (isProjection) stored.dispose();
  }
  const lora = new Map(
    [...loraValues(config)].map(([name, { shape, values }]) => [name, tf.variable(tf.tensor2d(values, shape), true)]),
  );
  const optimizer = tf.train.adam(LEARNING_RATE);
  const scaling = LORA.alpha / LORA.rank;

  const norm = (x: T, weight: string) =>
    tf.mul(tf.mul(x, tf.rsqrt(tf.add(tf.mean(tf.square(x), -1, true), rmsEps))), entry(frozen, weight));
  const linear = (x: T, name: string): T => {
    const a = entry(lora, `${name}.lora_A`);
    const b = entry(lora, `${name}.lora_B`);
    const low = tf.matMul(tf.matMul(x as tf.Tensor2D, a, false, true), b, false, true);
    return tf.add(tf.matMul(x as tf.Tensor2D, entry(frozen, `${name}.weight`) as tf.Tensor2D), tf.mul(low, scaling));
  };

  const embed = (texts: number[][]): T => {
    const { rows, length, ids, last } = padded(texts);
    const { cos, sin, half } = rotary(length, headDim, config.ropeTheta);
    const cosines = tf.tensor4d(cos, [1, 1, length, half]);
    const sines = tf.tensor4d(sin, [1, 1, length, half]);
    const causal = tf.tensor4d(
      Float32Array.from({ length: length * length }, (_, i) => (i % length > Math.floor(i / length) ? -1e9 : 0)),
      [1, 1, length, length],
    );
    const rope = (x: T) => {
      const [left, right] = tf.split(x, 2, -1) as [T, T];
      return tf.concat(
        [tf.sub(tf.mul(left, cosines), tf.mul(right, sines)), tf.add(tf.mul(right, cosines), tf.mul(left, sines))],
        -1,
      );
    };
    const split = (x: T, n: number) => tf.transpose(tf.reshape(x, [rows, length, n, headDim]), [0, 2, 1, 3]);
    let x: T = tf.gather(entry(frozen, "embed_tokens.weight"), tf.tensor1d(ids, "int32"));
    for (let layer = 0; layer < config.layers; layer += 1) {
      const prefix = `layers.${layer}`;
      const h = norm(x, `${prefix}.input_layernorm.weight`);
      const q = rope(norm(split(linear(h, `${prefix}.self_attn.q_proj`), heads), `${prefix}.self_attn.q_norm.weight`));
      const k = rope(
        norm(split(linear(h, `${prefix}.self_attn.k_proj`), kvHeads), `${prefix}.self_attn.k_norm.weight`),
      );
      const v = split(linear(h, `${prefix}.self_attn.v_proj`), kvHeads);
      // The query heads of one key head lie side by side, so keys and values need not be repeated for them.
      const grouped = tf.reshape(q, [rows, kvHeads, (heads / kvHeads) * length, headDim]);
      const products = tf.reshape(tf.matMul(grouped, k, false, true), [rows, heads, length, length]);
      const shares = tf.softmax(tf.add(tf.mul(products, headDim ** -0.5), causal));
      const attended = tf.matMul(tf.reshape(shares, [rows, kvHeads, (heads / kvHeads) * length, length]), v);
      const mixed = tf.reshape(tf.transpose(tf.reshape(attended, [rows, heads, length, headDim]), [0, 2, 1, 3]), [
        rows * length,
        heads * headDim,
      ]);
      x = tf.add(x, linear(mixed, `${prefix}.self_attn.o_proj`));
      const m = norm(x, `${prefix}.post_attention_layernorm.weight`);
      const gate = linear(m, `${prefix}.mlp.gate_proj`);
      x = tf.add(
        x,
        linear(tf.mul(tf.mul(gate, tf.sigmoid(gate)), linear(m, `${prefix}.mlp.up_proj`)), `${prefix}.mlp.down_proj`),
      );
    }
    const pooled = tf.gather(norm(x, "norm.weight"), tf.tensor1d(last, "int32"));
    return tf.div(pooled, tf.norm(pooled, 2, -1, true));
  };

  return {
    name: "tfjs-webgpu",
    async step({ queries, documents }) {
      const loss = present(
        optimizer.minimize(
          () => {
            const similarity = tf.mul(
              tf.matMul(embed(queries) as tf.Tensor2D, embed(documents) as tf.Tensor2D, false, true),
              SCALE,
            );
            const right = tf.sum(tf.mul(similarity, tf.eye(queries.length)), 1);
            return tf.mean(tf.sub(tf.logSumExp(similarity, 1), right)) as tf.Scalar;
          },
          true,
          [...lora.values()],
        ),
        "loss",
      );
      const value = at(await loss.data(), 0);
      loss.dispose();
      return value;
    },
    dispose() {
      tf.dispose([...frozen.values(), ...lora.values()]);
      optimizer.dispose();
    },
  };
};
