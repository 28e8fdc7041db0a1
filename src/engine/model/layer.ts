import type { Tensor2D } from "@tensorflow/tfjs-core";
import type { ModelConfig, Projection } from "../../domain/modelConfig.ts";
import type { FrozenMatrix, FrozenVector, Kernels, LoraRef, PackedBatch, RopeTable } from "../../kernels/types.ts";

/** Frozen tensors of one decoder layer. */
export interface LayerWeights {
  inputNorm: FrozenVector;
  postNorm: FrozenVector;
  queryNorm: FrozenVector;
  keyNorm: FrozenVector;
  projections: Record<Projection, FrozenMatrix>;
}

/** Everything one layer's arithmetic needs besides its input. */
export interface LayerContext {
  kernels: Kernels;
  config: ModelConfig;
  weights: LayerWeights;
  rope: RopeTable;
  batch: PackedBatch;
  lora(projection: Projection): LoraRef | null;
}

/**
 * What the backward pass reads again; the layer's input `x` belongs to the caller.
 * Shapes are [capacity, width]; widths: hidden, heads·headDim (queries), kvHeads·headDim (keys, values), intermediate.
 */
export interface LayerActivations {
  normed: Tensor2D;
  q: Tensor2D;
  k: Tensor2D;
  v: Tensor2D;
  qRope: Tensor2D;
  kRope: Tensor2D;
  attention: Tensor2D;
  lse: Tensor2D;
  middle: Tensor2D;
  middleNormed: Tensor2D;
  gate: Tensor2D;
  up: Tensor2D;
  activated: Tensor2D;
}

/**
 * A Qwen3 decoder layer up to its last projection:
 *   h = x + O·attention(rope(norm(Q·n)), rope(norm(K·n)), V·n),  n = rmsNorm(x)
 *   a = silu(G·m) · (U·m),  m = rmsNorm(h)
 * The layer's output is then `layerOutput`, h + D·a, which a recomputation does not need.
 */
export const layerActivations = (x: Tensor2D, context: LayerContext): LayerActivations => {
  const { kernels, config, weights, rope, batch, lora } = context;
  const project = (input: Tensor2D, name: Projection, residual?: Tensor2D): Tensor2D =>
    kernels.linear(input, weights.projections[name], lora(name), batch, residual);
  const normed = kernels.rmsNorm(x, weights.inputNorm, config.rmsEps, batch);
  const q = project(normed, "q_proj");
  const k = project(normed, "k_proj");
  const v = project(normed, "v_proj");
  const qRope = kernels.headNormRope(q, weights.queryNorm, config.rmsEps, rope, batch);
  const kRope = kernels.headNormRope(k, weights.keyNorm, config.rmsEps, rope, batch);
  const { y: attention, lse } = kernels.attention(qRope, kRope, v, config.headDim, batch);
  const middle = project(attention, "o_proj", x);
  const middleNormed = kernels.rmsNorm(middle, weights.postNorm, config.rmsEps, batch);
  const gate = project(middleNormed, "gate_proj");
  const up = project(middleNormed, "up_proj");
  const activated = kernels.swiglu(gate, up, batch);
  return { normed, q, k, v, qRope, kRope, attention, lse, middle, middleNormed, gate, up, activated };
};

/** The layer's output from its activations. */
export const layerOutput = (saved: LayerActivations, { kernels, weights, batch, lora }: LayerContext): Tensor2D =>
  kernels.linear(saved.activated, weights.projections["down_proj"], lora("down_proj"), batch, saved.middle);

export const disposeActivations = (saved: LayerActivations): void => {
  for (const tensor of Object.values(saved)) tensor.dispose();
};

/**
 * The gradient of the loss with respect to the layer's input, from the one with respect to its output; LoRA gradients
 * are added to the parameter store. Consumes `dy` and `saved` (disposes them), leaves `x`.
 */
export const layerBackward = (dy: Tensor2D, x: Tensor2D, saved: LayerActivations, context: LayerContext): Tensor2D => {
  const { kernels, config, weights, rope, batch, lora } = context;
  const projectBack = (d: Tensor2D, input: Tensor2D, name: Projection, addTo?: Tensor2D): Tensor2D => {
    const dx = kernels.linearBackward(d, input, weights.projections[name], lora(name), batch, addTo);
    free(d, addTo);
    return dx;
  };
  const dActivated = kernels.linearBackward(
    dy,
    saved.activated,
    weights.projections["down_proj"],
    lora("down_proj"),
    batch,
  );
  const { dgate, dup } = kernels.swigluBackward(dActivated, saved.gate, saved.up, batch);
  free(dActivated, saved.activated, saved.gate, saved.up);
  const dMiddleNormed = projectBack(
    dup,
    saved.middleNormed,
    "up_proj",
    projectBack(dgate, saved.middleNormed, "gate_proj"),
  );
  const dMiddle = kernels.rmsNormBackward(dMiddleNormed, saved.middle, weights.postNorm, config.rmsEps, batch, dy);
  free(dMiddleNormed, dy, saved.middle, saved.middleNormed);

  const dAttention = kernels.linearBackward(
    dMiddle,
    saved.attention,
    weights.projections["o_proj"],
    lora("o_proj"),
    batch,
  );
  const { dq, dk, dv } = kernels.attentionBackward(
    dAttention,
    saved.qRope,
    saved.kRope,
    saved.v,
    saved.attention,
    saved.lse,
    config.headDim,
    batch,
  );
  free(dAttention, saved.qRope, saved.kRope, saved.v, saved.attention, saved.lse);
  const dQuery = kernels.headNormRopeBackward(dq, saved.q, weights.queryNorm, config.rmsEps, rope, batch);
  const dKey = kernels.headNormRopeBackward(dk, saved.k, weights.keyNorm, config.rmsEps, rope, batch);
  free(dq, dk, saved.q, saved.k);
  const dNormed = projectBack(
    dv,
    saved.normed,
    "v_proj",
    projectBack(dKey, saved.normed, "k_proj", projectBack(dQuery, saved.normed, "q_proj")),
  );
  const dx = kernels.rmsNormBackward(dNormed, x, weights.inputNorm, config.rmsEps, batch, dMiddle);
  free(dNormed, dMiddle, saved.normed);
  return dx;
};

const free = (...tensors: (Tensor2D | undefined)[]): void => {
  for (const tensor of tensors) tensor?.dispose();
};
