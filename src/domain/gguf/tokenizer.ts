import { z } from "zod";
import { StudioError } from "../errors.ts";
import { readJson } from "../modelConfig.ts";
import type { ModelFiles } from "../modelFiles.ts";
import { tokenizerOf } from "../text/tokenizer.ts";
import type { GgufValue } from "./format.ts";

type Vocab = Readonly<Record<string, number>>;
/** `"a b"` in older files, `["a", "b"]` in newer ones. */
type Merge = string | readonly [string, string];

const isVocab = (value: unknown): boolean =>
  typeof value === "object" &&
  value !== null &&
  Object.values(value).every((id) => Number.isSafeInteger(id) && (id as number) >= 0);
const isMerge = (value: unknown): boolean =>
  typeof value === "string" ||
  (Array.isArray(value) && value.length === 2 && value.every((part) => typeof part === "string"));

const tokenizerSchema = z.object({
  // Looked through as they are: zod's own records and arrays would be a second copy of 150,000 entries each.
  model: z.object({
    type: z.literal("BPE"),
    vocab: z.custom<Vocab>(isVocab),
    merges: z.custom<readonly Merge[]>((value) => Array.isArray(value) && value.every(isMerge)),
  }),
  added_tokens: z.array(z.object({ id: z.int().nonnegative(), content: z.string(), special: z.boolean() })),
  pre_tokenizer: z.object({
    pretokenizers: z.array(z.object({ type: z.string(), pattern: z.object({ Regex: z.string() }).optional() })),
  }),
});

/** How Qwen2 and Qwen3 cut a text before merging; llama.cpp has it built in under the name `qwen2`. */
const QWEN2_SPLIT =
  "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";

/** llama.cpp's kinds of tokens. */
const KIND = { normal: 1, control: 3, userDefined: 4, unused: 5 } as const;

/**
 * The tokenizer of a model folder as llama.cpp's metadata. Rows of the embedding table without a token become unused ones.
 * @param vocab rows of the embedding table
 * @throws StudioError `tokenizer-unsupported` for anything but Qwen's byte-level BPE
 */
export const tokenizerMetadata = async (
  files: ModelFiles,
  vocab: number,
): Promise<(readonly [string, GgufValue])[]> => {
  const json = (await readJson(files, "tokenizer.json")) as object;
  const parsed = tokenizerSchema.safeParse(json);
  const split = parsed.data?.pre_tokenizer.pretokenizers.find(({ type }) => type === "Split")?.pattern?.Regex;
  if (!parsed.success || split !== QWEN2_SPLIT)
    throw new StudioError(
      "tokenizer-unsupported",
      "tokenizer.json is not Qwen's byte-level BPE, so llama.cpp would cut texts in another way.",
      "Export the model in another form.",
    );
  const { model, added_tokens: added } = parsed.data;
  const tokens = Array.from({ length: vocab }, (_, id) => `[PAD${id}]`);
  const kinds: number[] = Array.from({ length: vocab }, () => KIND.unused);
  const set = (id: number, token: string, kind: number) => {
    if (id >= vocab)
      throw new StudioError(
        "tokenizer-unsupported",
        `Token ${id} of tokenizer.json has no row in an embedding table of ${vocab}.`,
        "Use the tokenizer files that belong to the model.",
      );
    tokens[id] = token;
    kinds[id] = kind;
  };
  for (const [token, id] of Object.entries(model.vocab)) set(id, token, KIND.normal);
  for (const { id, content, special } of added) set(id, content, special ? KIND.control : KIND.userDefined);
  // What is appended to every text hangs on no word, so no tokenizer with all of them is made.
  const { endToken } = await tokenizerOf(files, { ...json, model: { ...model, vocab: {}, merges: [] } });
  return [
    ["tokenizer.ggml.model", { type: "string", value: "gpt2" }],
    ["tokenizer.ggml.pre", { type: "string", value: "qwen2" }],
    ["tokenizer.ggml.tokens", { type: "strings", value: tokens }],
    ["tokenizer.ggml.token_type", { type: "i32s", value: kinds }],
    [
      "tokenizer.ggml.merges",
      { type: "strings", value: model.merges.map((merge) => (typeof merge === "string" ? merge : merge.join(" "))) },
    ],
    ["tokenizer.ggml.eos_token_id", { type: "u32", value: endToken }],
    ["tokenizer.ggml.padding_token_id", { type: "u32", value: endToken }],
    ["tokenizer.ggml.add_bos_token", { type: "bool", value: false }],
    // The vector is the state of the end token: it must be appended.
    ["tokenizer.ggml.add_eos_token", { type: "bool", value: true }],
  ];
};
