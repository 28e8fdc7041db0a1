import { GraphBuilder } from "../domain/onnx/graphBuilder.ts";
import { ELEMENT, encodeModel } from "../domain/onnx/proto.ts";
import { jsonFile, specialToken } from "./modelParts.ts";

/**
 * A language model of nine words that says one sentence: each token is followed by the next one in the list. It shows that
 * library, runtime, chat template and the end of an answer come together in a browser, and nothing of the real model.
 */
const WORDS = ["<unk>", "<end>", "system", "user", "say", "go", "-", "clean", "chain"];
const [END, GO, DASH, CLEAN, CHAIN] = [1, 5, 6, 7, 8];
const NEXT = WORDS.map((_, id) => ({ [GO]: DASH, [DASH]: CLEAN, [CLEAN]: CHAIN, [CHAIN]: END })[id] ?? 0);

const graph = () => {
  const { INT64, FLOAT } = ELEMENT;
  const inputs = ["input_ids", "attention_mask"].map((name) => ({ name, element: INT64, dims: ["batch", "length"] }));
  const builder = new GraphBuilder("chain", inputs, [
    { name: "logits", element: FLOAT, dims: ["batch", "length", WORDS.length] },
  ]);
  const next = builder.op("Gather", [builder.ints(NEXT), "input_ids"]);
  const column = builder.op("Unsqueeze", [next, builder.ints([2])]);
  const chosen = builder.op("Equal", [column, builder.ints(WORDS.map((_, id) => id))]);
  builder.op("Cast", [chosen], { to: { int: FLOAT } }, "logits");
  return encodeModel(builder.finish(), { irVersion: 8, opset: 17, producer: "test", version: "1" });
};

/** Its files as a repository has them, with the graph at the path given. */
export const chainModel = (weights: string): Record<string, Uint8Array> => ({
  "config.json": jsonFile({
    architectures: ["Qwen2ForCausalLM"],
    model_type: "qwen2",
    vocab_size: WORDS.length,
    hidden_size: 8,
    num_hidden_layers: 1,
    num_attention_heads: 1,
    num_key_value_heads: 1,
    eos_token_id: END,
  }),
  "generation_config.json": jsonFile({ eos_token_id: END, do_sample: true, temperature: 5 }),
  "tokenizer_config.json": jsonFile({
    tokenizer_class: "PreTrainedTokenizerFast",
    unk_token: "<unk>",
    eos_token: "<end>",
    chat_template:
      "{% for m in messages %}{{ m.role }} {{ m.content }} {% endfor %}{% if add_generation_prompt %}go{% endif %}",
  }),
  "tokenizer.json": jsonFile({
    version: "1.0",
    truncation: null,
    padding: null,
    added_tokens: [0, 1].map((id) => specialToken(id, WORDS[id])),
    normalizer: null,
    pre_tokenizer: { type: "Whitespace" },
    post_processor: null,
    decoder: null,
    model: { type: "WordLevel", vocab: Object.fromEntries(WORDS.map((word, id) => [word, id])), unk_token: "<unk>" },
  }),
  [weights]: graph(),
});
