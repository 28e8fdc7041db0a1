import { GraphBuilder } from "../domain/onnx/graphBuilder.ts";
import { ELEMENT, encodeModel } from "../domain/onnx/proto.ts";
import { jsonFile, specialToken } from "./modelParts.ts";

/** Words that the model knows, and what each adds to a score. */
export const CLASSIFIER_WEIGHTS: Record<string, number> = { chain: 3, oil: 5, kettle: -2 };

const WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", ...Object.keys(CLASSIFIER_WEIGHTS)];
const SPECIAL = 4;
/** Of each token in tenths: the passage's part counts ten times the question's. */
const TENTHS = [0, 0, 1, 1, ...Object.values(CLASSIFIER_WEIGHTS)];

/**
 * A sequence classifier of seven words, as BERT's are fed: `logits = Σ weight · (0.1 + 0.9 · token type) · mask`. It shows that tokenizer, form of a
 * pair, token types, mask and padding come together, and nothing of a real model.
 */
const graph = () => {
  const { INT64, FLOAT } = ELEMENT;
  const names = ["input_ids", "attention_mask", "token_type_ids"];
  const inputs = names.map((name) => ({ name, element: INT64, dims: ["batch", "length"] }));
  const builder = new GraphBuilder("classifier", inputs, [{ name: "logits", element: FLOAT, dims: ["batch", 1] }]);
  const weight = builder.op("Gather", [builder.ints(TENTHS), "input_ids"]);
  const more = builder.op("Mul", ["token_type_ids", builder.ints([9])]);
  const share = builder.op("Add", [more, builder.ints([1])]);
  const one = builder.op("Mul", [builder.op("Mul", [weight, share]), "attention_mask"]);
  const total = builder.op("ReduceSum", [builder.op("Cast", [one], { to: { int: FLOAT } }), builder.ints([1])], {
    keepdims: { int: 1 },
  });
  builder.op("Div", [total, builder.op("Cast", [builder.ints([10])], { to: { int: FLOAT } })], {}, "logits");
  return encodeModel(builder.finish(), { irVersion: 8, opset: 17, producer: "test", version: "1" });
};

const sequence = (id: string, type_id: number) => ({ Sequence: { id, type_id } });
const token = (id: string, type_id: number) => ({ SpecialToken: { id, type_id } });

/** Its files as a repository has them; it reads 16 tokens. */
export const classifierModel = (): Record<string, Uint8Array> => ({
  "config.json": jsonFile({ model_type: "bert", max_position_embeddings: 16, pad_token_id: 0, num_labels: 1 }),
  "tokenizer_config.json": jsonFile({
    tokenizer_class: "BertTokenizer",
    unk_token: "[UNK]",
    pad_token: "[PAD]",
    cls_token: "[CLS]",
    sep_token: "[SEP]",
  }),
  "tokenizer.json": jsonFile({
    version: "1.0",
    truncation: null,
    padding: null,
    added_tokens: Array.from({ length: SPECIAL }, (_, id) => specialToken(id, WORDS[id])),
    normalizer: {
      type: "BertNormalizer",
      clean_text: true,
      handle_chinese_chars: true,
      strip_accents: null,
      lowercase: true,
    },
    pre_tokenizer: { type: "BertPreTokenizer" },
    post_processor: {
      type: "TemplateProcessing",
      single: [token("[CLS]", 0), sequence("A", 0), token("[SEP]", 0)],
      pair: [token("[CLS]", 0), sequence("A", 0), token("[SEP]", 0), sequence("B", 1), token("[SEP]", 1)],
      special_tokens: Object.fromEntries(
        ["[CLS]", "[SEP]"].map((id) => [id, { id, ids: [WORDS.indexOf(id)], tokens: [id] }]),
      ),
    },
    decoder: null,
    model: {
      type: "WordPiece",
      vocab: Object.fromEntries(WORDS.map((word, id) => [word, id])),
      unk_token: "[UNK]",
      continuing_subword_prefix: "##",
      max_input_chars_per_word: 100,
    },
  }),
  "onnx/model.onnx": graph(),
});
