import type { Tensor, Tensor1D, Tensor2D, TensorContainer } from "@tensorflow/tfjs-core";

/**
 * The engine's view of the kernels. Two implementations answer it: `tfjs` (tfjs ops, any backend; the reference and
 * the fallback) and `wgsl` (our own shaders on tfjs' WebGPU device).
 *
 * Conventions, stated once:
 * - Sequences are packed end to end, never padded. Activations are `[capacity, width]` float32 tensors; only the first
 *   `batch.tokens` rows mean anything, the rest is never read.
 * - Every op has its backward beside it, taking the upstream gradient first. Results are new tensors owned by the
 *   caller, who disposes them. Gradients of LoRA parameters are **added** to the parameter store, all else is written.
 * - Frozen weights get no gradient.
 */
export interface Kernels {
  readonly path: "tfjs" | "wgsl";

  /** A frozen `[rows, cols]` matrix from little-endian safetensors bytes; lossless (BF16 stays BF16 on the GPU). */
  frozenMatrix(bytes: Uint8Array, dtype: WeightDtype, rows: number, cols: number): FrozenMatrix;
  /** The same from whole rows that come one block after the other, so that a large table need not lie in memory at once. */
  frozenRows(dtype: WeightDtype, rows: number, cols: number): FrozenRows;
  /** A frozen vector, kept in float32. */
  frozenVector(bytes: Uint8Array, dtype: WeightDtype, length: number): FrozenVector;
  /** Tables of cos and sin, rounded as transformers computes them (float32 inverse frequencies and products). */
  ropeTable(headDim: number, theta: number, positions: number): RopeTable;
  /** Uploads a ragged batch; `capacity` ≥ its tokens fixes the tensor shapes. */
  packedBatch(sequences: readonly ArrayLike<number>[], capacity: number): PackedBatch;
  /** All LoRA parameters in one flat store with gradients and Adam moments beside them. */
  parameterStore(shapes: readonly { name: string; shape: [number, number] }[]): ParameterStore;

  /** Rows of the embedding table by token id. → [capacity, hidden] */
  embed(table: FrozenMatrix, batch: PackedBatch): Tensor2D;

  /** x / sqrt(mean(x²) + eps) · w, row by row. */
  rmsNorm(x: Tensor2D, weight: FrozenVector, eps: number, batch: PackedBatch): Tensor2D;
  /** `addTo` is added to dx. */
  rmsNormBackward(
    dy: Tensor2D,
    x: Tensor2D,
    weight: FrozenVector,
    eps: number,
    batch: PackedBatch,
    addTo?: Tensor2D,
  ): Tensor2D;

  /** y = x·Wᵀ + scaling·(x·Aᵀ)·Bᵀ, W `[out, in]`; `residual` is added when given. */
  linear(x: Tensor2D, weight: FrozenMatrix, lora: LoraRef | null, batch: PackedBatch, residual?: Tensor2D): Tensor2D;
  /** dx = dy·W + scaling·(dy·B)·A; adds dA = scaling·(dy·B)ᵀ·x and dB = scaling·dyᵀ·(x·Aᵀ) to the store. `addTo` is added to dx. */
  linearBackward(
    dy: Tensor2D,
    x: Tensor2D,
    weight: FrozenMatrix,
    lora: LoraRef | null,
    batch: PackedBatch,
    addTo?: Tensor2D,
  ): Tensor2D;

  /** RMSNorm over each head, then rotary position embedding (pairs i, i + headDim/2). x [capacity, heads·headDim]. */
  headNormRope(x: Tensor2D, weight: FrozenVector, eps: number, table: RopeTable, batch: PackedBatch): Tensor2D;
  headNormRopeBackward(
    dy: Tensor2D,
    x: Tensor2D,
    weight: FrozenVector,
    eps: number,
    table: RopeTable,
    batch: PackedBatch,
  ): Tensor2D;

  /** Causal grouped-query attention inside each segment; scale headDim^-½. `lse` [capacity, heads]. */
  attention(q: Tensor2D, k: Tensor2D, v: Tensor2D, headDim: number, batch: PackedBatch): { y: Tensor2D; lse: Tensor2D };
  attentionBackward(
    dy: Tensor2D,
    q: Tensor2D,
    k: Tensor2D,
    v: Tensor2D,
    y: Tensor2D,
    lse: Tensor2D,
    headDim: number,
    batch: PackedBatch,
  ): { dq: Tensor2D; dk: Tensor2D; dv: Tensor2D };

  /** silu(gate) · up */
  swiglu(gate: Tensor2D, up: Tensor2D, batch: PackedBatch): Tensor2D;
  swigluBackward(dy: Tensor2D, gate: Tensor2D, up: Tensor2D, batch: PackedBatch): { dgate: Tensor2D; dup: Tensor2D };

  /** Last token of each segment, L2-normalized: x / max(‖x‖, 1e-12). `embeddings` [segments, hidden], `norms` [segments]. */
  poolNormalize(x: Tensor2D, batch: PackedBatch): { embeddings: Tensor2D; norms: Tensor1D };
  /** dx is zero except at last tokens. → [capacity, hidden] */
  poolNormalizeBackward(dEmbeddings: Tensor2D, x: Tensor2D, batch: PackedBatch): Tensor2D;

  /**
   * MultipleNegativesRankingLoss on L2-normalized rows: S = scale·q·dᵀ, mean of logsumexp_j S_ij − S_ii.
   * `documents` = positives (row i answers query i) then each hard-negative column. `mask` [queries, documents] of 0/1
   * removes documents (1) from the sum; null is the plain loss. `distillation` adds the divergence from a teacher, of masked
   * documents too. Returns the loss and both gradients, and the cosines.
   */
  rankingLoss(
    queries: Tensor2D,
    documents: Tensor2D,
    scale: number,
    mask: Tensor2D | null,
    distillation?: Distillation | null,
  ): RankingLoss;

  /**
   * Clips by global norm (factor min(1, max / (norm + 1e-6))), then AdamW in place, then clears the gradients. Returns the norm before
   * clipping, [1], without a readback. A norm that is not finite leaves the values as they are, and so does every later step, until
   * `clearGradients`: whoever reads the norm a step later still finds the last good values.
   */
  adamW(store: ParameterStore, settings: AdamWSettings): Tensor1D;

  /**
   * Documents near enough to a query for an exact look: every j with queries[i]·documents[j] ≥ thresholds[i] in float32, in no
   * set order. queries [n, width], documents [m, width], thresholds [n]; `room` is the length of a query's list.
   */
  candidates(
    queries: Tensor2D,
    documents: Tensor2D,
    thresholds: Float32Array<ArrayBuffer>,
    room: number,
  ): Promise<Candidates>;

  /** Rows of several tensors, one block below the other. All have one width. → [sum of counts, width] */
  stackRows(blocks: readonly RowBlock[]): Tensor2D;
  /** A tensor of these values. */
  matrix(values: Float32Array, shape: [number, number]): Tensor2D;
  /** Copies values to the CPU in one transfer. The tensors may be disposed at once, and work that follows does not wait for it. */
  read(tensors: readonly Tensor[]): Promise<Float32Array[]>;
  /**
   * Hands work to the device and learns whether there was memory for it, without waiting until it is done. When there was not, what the
   * work made and what lies unused in pools is freed, so that less may be tried; parameter gradients may be half written.
   *
   * @throws StudioError `out-of-memory`, `gpu-error` when the device refused a command, and what `work` throws
   */
  attempt<T extends TensorContainer>(work: () => T): Promise<T>;

  /** Resolves when all submitted work is done; for timing and back-pressure. */
  finish(): Promise<void>;
}

export type WeightDtype = "BF16" | "F16" | "F32";

export interface FrozenMatrix {
  readonly rows: number;
  readonly cols: number;
  /** Bytes on the device. */
  readonly bytes: number;
  dispose(): void;
}
/** A frozen matrix while its rows come in. */
export interface FrozenRows {
  /** The next whole rows. */
  write(bytes: Uint8Array): void;
  /** The matrix, once all rows are written. @throws StudioError `weights-damaged` when rows are missing */
  finish(): FrozenMatrix;
  /** Gives up; after `finish` the matrix is the one to dispose. */
  dispose(): void;
}
export interface FrozenVector {
  readonly length: number;
  readonly bytes: number;
  dispose(): void;
}
export interface RopeTable {
  readonly headDim: number;
  readonly positions: number;
  dispose(): void;
}
export interface PackedBatch {
  /** Real tokens. */
  readonly tokens: number;
  /** Rows of the activation tensors. */
  readonly capacity: number;
  readonly segments: number;
  readonly maxLength: number;
  dispose(): void;
}

/** One adapted projection: names of A `[rank, in]` and B `[out, rank]` in the store. */
export interface LoraRef {
  store: ParameterStore;
  a: string;
  b: string;
  scaling: number;
}

/** Flat float32 parameters, gradients and moments. */
export interface ParameterStore {
  readonly names: readonly string[];
  readonly size: number;
  shape(name: string): [number, number];
  /** Replaces values; names that are absent keep theirs. */
  write(values: ReadonlyMap<string, Float32Array>): void;
  /** Copies to the CPU. */
  read(what: "values" | "gradients" | "moment1" | "moment2"): Promise<Map<string, Float32Array>>;
  writeMoments(moment1: ReadonlyMap<string, Float32Array>, moment2: ReadonlyMap<string, Float32Array>): void;
  clearGradients(): void;
  dispose(): void;
}

/** A teacher's judgement of each query's own documents: weight · mean_i Σ_g p_ig (log p_ig − log softmax_g S_ig). */
export interface Distillation {
  /** [queries, documents]: the probability p of a document in its query's group, −1 for documents beside the group. */
  teacher: Tensor2D;
  weight: number;
}

/** `count` rows of `x` from row `first` on. */
export interface RowBlock {
  x: Tensor2D;
  first: number;
  count: number;
}

export interface RankingLoss {
  /** [1] */
  loss: Tensor1D;
  /** [queries, documents], cosines before scaling. */
  similarity: Tensor2D;
  /** [2]: the sum of the queries' cosines with their own documents, and of all cosines. */
  sums: Tensor1D;
  dQueries: Tensor2D;
  dDocuments: Tensor2D;
}

export interface Candidates {
  /** How many documents reached the threshold of each query; above `room` its list is not whole. */
  counts: Uint32Array;
  /** [queries, room] rows of the documents. */
  rows: Uint32Array;
}

export interface AdamWSettings {
  learningRate: number;
  beta1: number;
  beta2: number;
  eps: number;
  weightDecay: number;
  /** 1-based; bias correction uses 1 − beta^step. */
  step: number;
  maxGradNorm: number;
}
