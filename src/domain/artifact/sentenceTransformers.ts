import type { ModelConfig } from "../modelConfig.ts";

/** Query and document prompts, put in front of the text as strings. */
export interface Prompts {
  query: string;
  document: string;
}

/** `text` as the bytes of a JSON file with a final newline. */
export const jsonBytes = (value: unknown): Uint8Array<ArrayBuffer> =>
  new TextEncoder().encode(`${JSON.stringify(value, null, 2)}\n`);

/**
 * The files that make a folder a sentence-transformers model, in the form that every version since 2 reads: module
 * types under `sentence_transformers.models`, pooling as flags. Version 6 maps both to its own names.
 */
export const sentenceTransformersFiles = (
  config: ModelConfig,
  prompts: Prompts,
  maxTokens: number,
): Record<string, unknown> => ({
  "modules.json": [
    { idx: 0, name: "0", path: "", type: "sentence_transformers.models.Transformer" },
    { idx: 1, name: "1", path: "1_Pooling", type: "sentence_transformers.models.Pooling" },
    { idx: 2, name: "2", path: "2_Normalize", type: "sentence_transformers.models.Normalize" },
  ],
  // Prompt and end token count. Without it a text is cut where the base cuts, and scores are others than the card's.
  "sentence_bert_config.json": { max_seq_length: maxTokens, do_lower_case: false },
  "1_Pooling/config.json": {
    word_embedding_dimension: config.hidden,
    pooling_mode_cls_token: false,
    pooling_mode_mean_tokens: false,
    pooling_mode_max_tokens: false,
    pooling_mode_mean_sqrt_len_tokens: false,
    pooling_mode_weightedmean_tokens: false,
    pooling_mode_lasttoken: true,
    include_prompt: true,
  },
  "2_Normalize/config.json": {},
  "config_sentence_transformers.json": {
    prompts: { query: prompts.query, document: prompts.document },
    default_prompt_name: null,
    similarity_fn_name: "cosine",
  },
});

/**
 * The base's tokenizer_config.json with the padding on the left: transformers.js pools the last position, which is
 * padding when it stands on the right.
 */
export const leftPadded = (tokenizerConfig: Record<string, unknown>): Record<string, unknown> => ({
  ...tokenizerConfig,
  padding_side: "left",
});

/**
 * The base's config.json with what transformers.js needs to find the ONNX weights beside `onnx/model.onnx`:
 * `model.onnx_data` (the base's, shared) and `model.onnx_data_1` (A and B of the adapter).
 */
export const withOnnxData = (config: Record<string, unknown>): Record<string, unknown> => ({
  ...config,
  "transformers.js_config": { use_external_data_format: { "model.onnx": 2 } },
});
