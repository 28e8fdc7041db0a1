import { Tokenizer } from "@huggingface/tokenizers";
import { StudioError } from "../errors.ts";
import { readJson } from "../modelConfig.ts";
import type { ModelFiles } from "../modelFiles.ts";

/** Text to token ids, as transformers' `AutoTokenizer` gives them: special tokens of the post-processor included. */
export interface TextTokenizer {
  /** `<|endoftext|>`: the last token of every sequence, whose state is the embedding. */
  readonly endToken: number;
  /**
   * Token ids of `prompt + text`, ending with the end token. A longer sequence keeps its first `maxTokens − 1` tokens
   * and the end token, as the Python tokenizer truncates.
   */
  encode(prompt: string, text: string, maxTokens: number): Int32Array;
  /** Tokens before truncation, prompt and end token counted. */
  count(prompt: string, text: string): number;
  /**
   * The text of token ids as this tokenizer writes them, end token included; null for ids that it would not write, which
   * are another vocabulary's or were cut.
   */
  decode(ids: readonly number[]): string | null;
}

/** A tokenizer from `tokenizer.json` and `tokenizer_config.json`; `endToken` is used where the post-processor names none. */
export const createTokenizer = (
  tokenizerJson: object,
  tokenizerConfig: object,
  endToken: number | null,
): TextTokenizer => {
  const tokenizer = new Tokenizer(tokenizerJson, tokenizerConfig);
  const [appended] = tokenizer.encode("").ids.slice(-1);
  const end = appended ?? endToken;
  if (end === null || end === undefined)
    throw new StudioError(
      "tokenizer-without-end",
      "The tokenizer appends no end token and config.json names none.",
      "Use the tokenizer files that belong to a Qwen3-Embedding model.",
    );
  const ids = (prompt: string, text: string): number[] => {
    const encoded = tokenizer.encode(prompt + text).ids;
    if (appended === undefined) encoded.push(end);
    return encoded;
  };
  return {
    endToken: end,
    encode(prompt, text, maxTokens) {
      const encoded = ids(prompt, text);
      if (encoded.length <= maxTokens) return Int32Array.from(encoded);
      const cut = Int32Array.from(encoded.slice(0, maxTokens));
      cut[maxTokens - 1] = end;
      return cut;
    },
    count: (prompt, text) => ids(prompt, text).length,
    decode(given) {
      if (given.at(-1) !== end) return null;
      const text = tokenizer.decode(given.slice(0, -1));
      const own = ids("", text);
      return own.length === given.length && own.every((id, i) => id === given[i]) ? text : null;
    },
  };
};

/** Loads the tokenizer of a model folder; `config.json` names the end token where the post-processor does not. */
export const loadTokenizer = async (files: ModelFiles): Promise<TextTokenizer> =>
  tokenizerOf(files, (await readJson(files, "tokenizer.json")) as object);

/** The same where `tokenizer.json` has been read. */
export const tokenizerOf = async (files: ModelFiles, tokenizerJson: object): Promise<TextTokenizer> => {
  const settings = (await readJson(files, "tokenizer_config.json")) as object;
  const config = (await readJson(files, "config.json")) as { eos_token_id?: number | number[] | null };
  const end = config.eos_token_id ?? null;
  return createTokenizer(tokenizerJson, settings, Array.isArray(end) ? (end[0] ?? null) : end);
};
