/**
 * A model of any shape whose weights are made where it runs. All matrices are cut from one block of random numbers, each from
 * another place, so that PyTorch beside it can make the very same model from that block.
 */
import { peftName } from "../../domain/artifact/index.ts";
import { projectionShape, PROJECTIONS, type ModelConfig, type Projection } from "../../domain/modelConfig.ts";
import { at } from "../../domain/present.ts";
import { f32ToBf16 } from "../../domain/safetensors/index.ts";
import type { LayerWeights } from "../../engine/model/layer.ts";
import { LoraAdapter } from "../../engine/model/lora.ts";
import { Qwen3Model } from "../../engine/model/model.ts";
import type { FrozenMatrix, FrozenVector, Kernels } from "../../kernels/types.ts";
import { f32Bytes, numbers } from "../../testing/numbers.ts";
import { LORA } from "../workload.ts";

/** A prime, so that rows of any width begin at ever new places and no two are alike. */
const BLOCK_LENGTH = 65_537;
const STRIDE = 7919;
/** Where LoRA's A of a projection begins, beyond the projection's own place. */
const LORA_SHIFT = 4001;
const PIECE_BYTES = 8 * 2 ** 20;

/** Uniform in [−1, 1). */
export const randomBlock = (): Float32Array<ArrayBuffer> => new Float32Array(numbers(BLOCK_LENGTH, 1));

/** Element i of the matrix with this number is element (number · STRIDE + i) mod BLOCK_LENGTH of the scaled block. */
const frozen = (kernels: Kernels, block: Float32Array, number: number, rows: number, cols: number): FrozenMatrix => {
  const scale = Math.fround(Math.sqrt(3 / cols)); // variance 1 / columns
  const bits = f32ToBf16(block.map((value) => value * scale));
  const matrix = kernels.frozenRows("BF16", rows, cols);
  const most = Math.max(1, Math.floor(PIECE_BYTES / 2 / cols));
  let from = (number * STRIDE) % BLOCK_LENGTH;
  for (let row = 0; row < rows; row += most) {
    const piece = new Uint16Array(Math.min(most, rows - row) * cols);
    for (let done = 0; done < piece.length;) {
      const part = bits.subarray(from, Math.min(BLOCK_LENGTH, from + piece.length - done));
      piece.set(part, done);
      done += part.length;
      from = (from + part.length) % BLOCK_LENGTH;
    }
    matrix.write(new Uint8Array(piece.buffer));
  }
  return matrix.finish();
};

/** The model on the device. Norms are one; matrices are numbered layer by layer in the order of `PROJECTIONS`, the table last. */
export const deviceModel = async (kernels: Kernels, config: ModelConfig): Promise<Qwen3Model> => {
  const block = randomBlock();
  const all: (FrozenMatrix | FrozenVector)[] = [];
  const kept = <T extends FrozenMatrix | FrozenVector>(item: T): T => {
    all.push(item);
    return item;
  };
  const ones = (length: number) =>
    kept(kernels.frozenVector(f32Bytes(new Float32Array(length).fill(1)), "F32", length));
  const layers: LayerWeights[] = [];
  for (let layer = 0; layer < config.layers; layer++) {
    const projections = {} as Record<Projection, FrozenMatrix>;
    PROJECTIONS.forEach((projection, i) => {
      const number = layer * PROJECTIONS.length + i;
      projections[projection] = kept(frozen(kernels, block, number, ...projectionShape(config, projection)));
    });
    layers.push({
      inputNorm: ones(config.hidden),
      postNorm: ones(config.hidden),
      queryNorm: ones(config.headDim),
      keyNorm: ones(config.headDim),
      projections,
    });
    await kernels.finish(); // bounds what lies between this process and the device
  }
  const number = config.layers * PROJECTIONS.length;
  const embedTokens = kept(frozen(kernels, block, number, config.vocab, config.hidden));
  const norm = ones(config.hidden);
  await kernels.finish();
  return new Qwen3Model(kernels, config, {
    embedTokens,
    norm,
    layers,
    bytes: all.reduce((sum, { bytes }) => sum + bytes, 0),
    sha256: "made-here",
    dispose: () => all.forEach((item) => item.dispose()),
  });
};

/** LoRA on every projection: A from the block, uniform in ±1/√in, B zero or, with `moved`, from the block too. */
export const deviceAdapter = (kernels: Kernels, config: ModelConfig, moved = false): LoraAdapter => {
  const adapter = LoraAdapter.create(kernels, config, { ...LORA, seed: 1 });
  const block = randomBlock();
  const values = new Map<string, Float32Array>();
  for (let layer = 0; layer < config.layers; layer++)
    PROJECTIONS.forEach((projection, i) => {
      const [out, input] = projectionShape(config, projection);
      const from = (layer * PROJECTIONS.length + i) * STRIDE + LORA_SHIFT;
      const cut = (length: number, scale: number, shift: number) =>
        Float32Array.from({ length }, (_, j) => at(block, (from + shift + j) % BLOCK_LENGTH) * scale);
      values.set(peftName(layer, projection, "A"), cut(LORA.rank * input, Math.fround(1 / Math.sqrt(input)), 0));
      if (moved) values.set(peftName(layer, projection, "B"), cut(out * LORA.rank, 1 / 16, 17));
    });
  adapter.store.write(values);
  return adapter;
};
