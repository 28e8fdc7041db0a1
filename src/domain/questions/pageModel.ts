/**
 * The small instruct model that writes questions in the page: ONNX weights of the hub at one commit. Sizes in bytes, as the
 * hub lists them at it.
 */
export const PAGE_MODEL = {
  repo: "onnx-community/Qwen2.5-0.5B-Instruct",
  revision: "cc5cc01a65cc3ff17bdb73a7de33d879f62599b0",
  licence: "Apache-2.0",
  /** What the runtime reads beside the weights: tokenizer with chat template, shapes, the tokens that end an answer. */
  small: ["config.json", "generation_config.json", "tokenizer.json", "tokenizer_config.json"],
  smallBytes: 7_040_000,
  /** `q4f16` computes in 16 bits, which not every GPU can; `q4` runs everywhere. */
  weights: {
    q4f16: { path: "onnx/model_q4f16.onnx", bytes: 483_003_582 },
    q4: { path: "onnx/model_q4.onnx", bytes: 786_156_820 },
  },
} as const;

export type Precision = keyof typeof PAGE_MODEL.weights;

/** As provenance and ledger name it. */
export const PAGE_MODEL_NAME = `${PAGE_MODEL.repo}@${PAGE_MODEL.revision}`;
