import { WEIGHTS_PATH } from "../../domain/modelFiles.ts";

/** Which files of a repository are fetched: small ones that it must have and may have, and its weights. */
interface Layout {
  required: readonly string[];
  optional: readonly string[];
  weights: string;
}

const BASE: Layout = {
  required: ["config.json", "tokenizer.json", "tokenizer_config.json"],
  optional: [
    "config_sentence_transformers.json",
    "modules.json",
    "1_Pooling/config.json",
    "special_tokens_map.json",
    "added_tokens.json",
    "vocab.json",
    "merges.txt",
  ],
  weights: WEIGHTS_PATH,
};

/** The layout of the bases, or that of files that are named one by one, the weights last. */
export const layoutOf = (parts?: readonly string[]): Layout =>
  parts ? { required: parts.slice(0, -1), optional: [], weights: parts.at(-1) ?? WEIGHTS_PATH } : BASE;
