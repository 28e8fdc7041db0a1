import type { Tensor1D, Tensor2D } from "@tensorflow/tfjs-core";
import { StudioError } from "../../domain/errors.ts";
import type { ModelConfig } from "../../domain/modelConfig.ts";
import { KEPT_ACTIVATION_BYTES, activationWidth } from "../../domain/training/memory.ts";
import type { Kernels, PackedBatch, RopeTable } from "../../kernels/types.ts";
import {
  disposeActivations,
  layerActivations,
  layerBackward,
  layerOutput,
  type LayerActivations,
  type LayerContext,
} from "./layer.ts";
import type { AdapterView } from "./lora.ts";
import type { ModelWeights } from "./weights.ts";

/** L2-normalized embeddings `[segments, hidden]` and their norms before that, `[segments]`. */
export interface Embeddings {
  embeddings: Tensor2D;
  norms: Tensor1D;
}

/** A forward pass that can go backward once. */
export interface Tape extends Embeddings {
  /** Adds the LoRA gradients of `sum(embeddings · dEmbeddings)` to the adapter's store and frees the tape, but for `norms`. */
  backward(dEmbeddings: Tensor2D): void;
  dispose(): void;
}

const FIRST_ROPE_POSITIONS = 512;

/** Qwen3-Embedding on packed batches: frozen weights, optional LoRA. */
export class Qwen3Model {
  private rope: RopeTable;

  constructor(
    readonly kernels: Kernels,
    readonly config: ModelConfig,
    readonly weights: ModelWeights,
  ) {
    this.rope = kernels.ropeTable(
      config.headDim,
      config.ropeTheta,
      Math.min(FIRST_ROPE_POSITIONS, config.maxPositions),
    );
  }

  /** The same weights with other kernels of the same device. `dispose` frees what that adds, and leaves the weights to this one. */
  withKernels(kernels: Kernels): Qwen3Model {
    return new Qwen3Model(kernels, this.config, { ...this.weights, dispose: () => undefined });
  }

  /** Embeddings without anything kept for a gradient. The caller disposes both tensors. */
  embed(batch: PackedBatch, adapter: AdapterView | null): Embeddings {
    const last = this.lastHiddenState(batch, adapter);
    const result = this.kernels.poolNormalize(last, batch);
    last.dispose();
    return result;
  }

  /** The hidden states after the final norm, `[capacity, hidden]`; `onLayer` sees each layer's input and the last output. */
  lastHiddenState(
    batch: PackedBatch,
    adapter: AdapterView | null,
    onLayer?: (index: number, x: Tensor2D) => void,
  ): Tensor2D {
    let x = this.kernels.embed(this.weights.embedTokens, batch);
    for (let layer = 0; layer < this.config.layers; layer++) {
      onLayer?.(layer, x);
      const context = this.context(layer, batch, adapter);
      const saved = layerActivations(x, context);
      const y = layerOutput(saved, context);
      disposeActivations(saved);
      x.dispose();
      x = y;
    }
    onLayer?.(this.config.layers, x);
    const last = this.kernels.rmsNorm(x, this.weights.norm, this.config.rmsEps, batch);
    x.dispose();
    return last;
  }

  /**
   * Embeddings with what the backward pass needs: each layer's input, and as many of the last layers' activations as
   * fit into a fixed budget, so that memory does not grow with the model's depth or the batch.
   */
  record(batch: PackedBatch, adapter: AdapterView): Tape {
    const { kernels, config, weights } = this;
    const perLayer = batch.capacity * activationWidth(config) * Float32Array.BYTES_PER_ELEMENT;
    const kept = Math.max(1, Math.floor(KEPT_ACTIVATION_BYTES / perLayer));
    const inputs: Tensor2D[] = [kernels.embed(weights.embedTokens, batch)];
    const activations: (LayerActivations | null)[] = [];
    for (let layer = 0; layer < config.layers; layer++) {
      const context = this.context(layer, batch, adapter);
      const saved = layerActivations(inputs[layer] as Tensor2D, context);
      inputs.push(layerOutput(saved, context));
      if (layer >= config.layers - kept) activations.push(saved);
      else {
        disposeActivations(saved);
        activations.push(null);
      }
    }
    const last = kernels.rmsNorm(inputs[config.layers] as Tensor2D, weights.norm, config.rmsEps, batch);
    const { embeddings, norms } = kernels.poolNormalize(last, batch);

    const backward = (dEmbeddings: Tensor2D): void => {
      const dLast = kernels.poolNormalizeBackward(dEmbeddings, last, batch);
      last.dispose();
      const output = inputs.pop() as Tensor2D;
      let d = kernels.rmsNormBackward(dLast, output, weights.norm, config.rmsEps, batch);
      dLast.dispose();
      output.dispose();
      for (let layer = config.layers - 1; layer >= 0; layer--) {
        const x = inputs.pop() as Tensor2D;
        const context = this.context(layer, batch, adapter);
        const saved = activations.pop() ?? layerActivations(x, context);
        d = layerBackward(d, x, saved, context);
        x.dispose();
      }
      d.dispose();
      embeddings.dispose();
    };
    const dispose = (): void => {
      for (const tensor of [...inputs, last, embeddings, norms]) if (!tensor.isDisposed) tensor.dispose();
      for (const saved of activations) if (saved) disposeActivations(saved);
      inputs.length = 0;
      activations.length = 0;
    };
    return { embeddings, norms, backward, dispose };
  }

  /** Uploads token sequences end to end; `capacity` defaults to their number of tokens. */
  pack(sequences: readonly ArrayLike<number>[], capacity?: number): PackedBatch {
    const longest = sequences.reduce((most, sequence) => Math.max(most, sequence.length), 0);
    this.reachPosition(longest);
    return this.kernels.packedBatch(
      sequences,
      capacity ?? sequences.reduce((sum, sequence) => sum + sequence.length, 0),
    );
  }

  dispose(): void {
    this.rope.dispose();
    this.weights.dispose();
  }

  private reachPosition(length: number): void {
    if (length <= this.rope.positions) return;
    if (length > this.config.maxPositions)
      throw new StudioError(
        "text-too-long",
        `A text has ${length} tokens; this model reads at most ${this.config.maxPositions}.`,
        "Lower the limit of tokens per text.",
      );
    this.rope.dispose();
    const positions = Math.min(this.config.maxPositions, 2 ** Math.ceil(Math.log2(length)));
    this.rope = this.kernels.ropeTable(this.config.headDim, this.config.ropeTheta, positions);
  }

  private context(layer: number, batch: PackedBatch, adapter: AdapterView | null): LayerContext {
    const weights = this.weights.layers[layer];
    if (!weights) throw new RangeError(`no layer ${layer}`);
    return {
      kernels: this.kernels,
      config: this.config,
      weights,
      rope: this.rope,
      batch,
      lora: (projection) => adapter?.lora(layer, projection) ?? null,
    };
  }
}
