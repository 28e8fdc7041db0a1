import { projectionPath, projectionShape, PROJECTIONS, type ModelConfig } from "../domain/modelConfig.ts";
import { at } from "../domain/present.ts";
import { quantile } from "../domain/quantile.ts";
import { drawIndex, mulberry32, shuffle, uniform } from "../domain/random.ts";
import { bf16ToF32, f32ToBf16 } from "../domain/safetensors/index.ts";

/** A model as every peer can take it: float32 values, matrices `[out, in]` under their checkpoint names. */
export interface BenchModel {
  config: ModelConfig;
  weights: Map<string, Float32Array>;
}

/** One batch of token lists; query i is answered by document i. */
export interface BenchBatch {
  queries: number[][];
  documents: number[][];
}

/** One training step of some implementation: forward, MNRL, backward into LoRA, optimizer. */
export interface TrainingPeer {
  name: string;
  step(batch: BenchBatch): Promise<number>;
  dispose(): Promise<void> | void;
}

export const LORA = { rank: 16, alpha: 32 };
export const SCALE = 20;
export const LEARNING_RATE = 1e-4;

/** Standard normal numbers (Box–Muller). */
const normal = (random: () => number) => () =>
  Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());

/** A model of random weights, for shapes that no bundled checkpoint has; BF16 holds them, so that all peers compute with the same. */
export const randomModel = (config: ModelConfig, seed: number): BenchModel => {
  const draw = normal(uniform(seed));
  const weights = new Map<string, Float32Array>();
  const matrix = (name: string, rows: number, cols: number) =>
    weights.set(name, bf16ToF32(f32ToBf16(Float32Array.from({ length: rows * cols }, () => draw() / Math.sqrt(cols)))));
  const ones = (name: string, length: number) => weights.set(name, new Float32Array(length).fill(1));
  matrix("embed_tokens.weight", config.vocab, config.hidden);
  for (let layer = 0; layer < config.layers; layer += 1) {
    for (const projection of PROJECTIONS)
      matrix(`layers.${layer}.${projectionPath(projection)}.weight`, ...projectionShape(config, projection));
    for (const name of ["input_layernorm", "post_attention_layernorm"])
      ones(`layers.${layer}.${name}.weight`, config.hidden);
    for (const name of ["q_norm", "k_norm"]) ones(`layers.${layer}.self_attn.${name}.weight`, config.headDim);
  }
  ones("norm.weight", config.hidden);
  return { config, weights };
};

/** LoRA A by the seed, B zero, in the layout of PEFT. The same for every peer. */
export const loraValues = (config: ModelConfig): Map<string, { shape: [number, number]; values: Float32Array }> => {
  const random = uniform(7);
  const values = new Map<string, { shape: [number, number]; values: Float32Array }>();
  for (let layer = 0; layer < config.layers; layer += 1)
    for (const projection of PROJECTIONS) {
      const name = projectionPath(projection);
      const [out, input] = projectionShape(config, projection);
      const bound = 1 / Math.sqrt(input); // kaiming-uniform with a = √5
      values.set(`layers.${layer}.${name}.lora_A`, {
        shape: [LORA.rank, input],
        values: Float32Array.from({ length: LORA.rank * input }, () => (random() * 2 - 1) * bound),
      });
      values.set(`layers.${layer}.${name}.lora_B`, {
        shape: [out, LORA.rank],
        values: new Float32Array(out * LORA.rank),
      });
    }
  return values;
};

const MEDIAN_TOKENS = 45;
const P95_TOKENS = 160;

/** Ragged lengths as retrieval data has them: the quantiles of a log-normal with median 45 and 95th percentile 160, shuffled. */
const raggedLengths = (count: number, longest: number, next: () => number): number[] => {
  const draws = Array.from(
    { length: 8192 },
    normal(() => next() / 2 ** 32),
  ).sort((a, b) => a - b);
  const atQuantile = (p: number) => at(draws, Math.floor(p * draws.length));
  const sigma = Math.log(P95_TOKENS / MEDIAN_TOKENS) / atQuantile(0.95);
  const lengths = Array.from({ length: count }, (_, i) =>
    Math.round(MEDIAN_TOKENS * Math.exp(sigma * atQuantile((i + 0.5) / count))),
  );
  return shuffle(
    lengths.map((length) => Math.max(2, Math.min(longest, length))),
    next,
  );
};

/** Texts of random tokens and ragged lengths, each with the end token. */
export const raggedTexts = (count: number, options: { eos: number; seed: number; longest: number }): number[][] => {
  const next = mulberry32(options.seed);
  return raggedLengths(count, options.longest, next).map((length) => [
    ...Array.from({ length: length - 1 }, () => drawIndex(next, options.eos)),
    options.eos,
  ]);
};

/** A batch of ragged texts. */
export const raggedBatch = (pairs: number, options: { eos: number; seed: number; longest: number }): BenchBatch => {
  const texts = raggedTexts(2 * pairs, options);
  return { queries: texts.slice(0, pairs), documents: texts.slice(pairs) };
};

/** Query i is text 2i, its document text 2i + 1. */
export const examplesOf = (texts: readonly number[][]) => ({
  sequences: texts.map((ids) => Int32Array.from(ids)),
  rows: Array.from({ length: texts.length / 2 }, (_, i) => ({ query: 2 * i, positive: 2 * i + 1, negatives: [] })),
  identity: texts.map((_, i) => i),
  knownPositives: new Map<number, Set<number>>(),
  truncated: 0,
});

export const realTokens = ({ queries, documents }: BenchBatch): number =>
  [...queries, ...documents].reduce((sum, tokens) => sum + tokens.length, 0);

/** Real tokens a text: median and 95th percentile. */
export const typicalLengths = (texts: readonly number[][]): { median: number; p95: number } => {
  const lengths = texts.map((ids) => ids.length);
  return { median: quantile(lengths, 0.5), p95: quantile(lengths, 0.95) };
};

/** Right-padded ids with the row of each text's last token in the flattened batch. */
export const padded = (texts: readonly number[][]) => {
  const length = Math.max(...texts.map((tokens) => tokens.length));
  const ids = new Int32Array(texts.length * length);
  texts.forEach((tokens, row) => ids.set(tokens, row * length));
  return {
    rows: texts.length,
    length,
    ids,
    last: Int32Array.from(texts, (tokens, row) => row * length + tokens.length - 1),
  };
};

/** cos and sin `[length, headDim / 2]` of the rotary embedding. */
export const rotary = (length: number, headDim: number, theta: number) => {
  const half = headDim / 2;
  const angle = (i: number) => Math.floor(i / half) * theta ** (-(i % half) / half);
  const table = (f: (x: number) => number) => Float32Array.from({ length: length * half }, (_, i) => f(angle(i)));
  return { cos: table(Math.cos), sin: table(Math.sin), half };
};
