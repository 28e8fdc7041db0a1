import { beforeAll, expect, it } from "vitest";
import { ELEMENT, encodeModel } from "../../../domain/onnx/proto.ts";
import { GraphBuilder } from "../../../domain/onnx/graphBuilder.ts";
import type { ModelFiles } from "../../../domain/modelFiles.ts";
import type { Generate } from "../protocol.ts";
import { openTransformers } from "./transformersGenerator.ts";

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

const json = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));
const special = (id: number) => ({ id, content: WORDS[id], single_word: false, lstrip: false, rstrip: false, normalized: false, special: true }); // prettier-ignore
const contents: Record<string, Uint8Array> = {
  "config.json": json({
    architectures: ["Qwen2ForCausalLM"],
    model_type: "qwen2",
    vocab_size: WORDS.length,
    hidden_size: 8,
    num_hidden_layers: 1,
    num_attention_heads: 1,
    num_key_value_heads: 1,
    eos_token_id: END,
  }),
  "generation_config.json": json({ eos_token_id: END, do_sample: true, temperature: 5 }),
  "tokenizer_config.json": json({
    tokenizer_class: "PreTrainedTokenizerFast",
    unk_token: "<unk>",
    eos_token: "<end>",
    chat_template: "{% for m in messages %}{{ m.role }} {{ m.content }} {% endfor %}{% if add_generation_prompt %}go{% endif %}",
  }),
  "tokenizer.json": json({
    version: "1.0",
    truncation: null,
    padding: null,
    added_tokens: [special(0), special(1)],
    normalizer: null,
    pre_tokenizer: { type: "Whitespace" },
    post_processor: null,
    decoder: null,
    model: { type: "WordLevel", vocab: Object.fromEntries(WORDS.map((word, id) => [word, id])), unk_token: "<unk>" },
  }),
  "onnx/model_q4.onnx": graph(),
}; // prettier-ignore
const files: ModelFiles = {
  id: "chain",
  revision: "local",
  size: async (path) => contents[path]?.length ?? null,
  sha256: async () => null,
  read: async (path, start, end) => (contents[path] ?? new Uint8Array()).slice(start, end),
};

const messages = [
  { role: "system", content: "say" },
  { role: "user", content: "say chain" },
] as const;
let generate: Generate;
beforeAll(async () => {
  generate = await openTransformers(files, { device: "wasm", precision: "q4" });
});

it("answers through the library and its runtime, to the token that ends an answer", async () => {
  const { signal } = new AbortController();
  const answer = await generate(messages, { maxNewTokens: 20, signal });
  // system say user say chain go, and what follows with its end.
  expect(answer).toEqual({ text: "- clean chain", inputTokens: 6, outputTokens: 4 });
  expect((await generate(messages, { maxNewTokens: 2, signal })).text).toBe("- clean");
});

it("is stopped by a signal, and answers the next time", async () => {
  const stop = new AbortController();
  const stopped = generate(messages, { maxNewTokens: 20, signal: stop.signal });
  stop.abort();
  await expect(stopped).rejects.toMatchObject({ name: "AbortError" });
  const { signal } = new AbortController();
  expect((await generate(messages, { maxNewTokens: 20, signal })).text).toBe("- clean chain");
});
