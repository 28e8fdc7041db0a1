import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { Tokenizer } from "@huggingface/tokenizers";
import { z } from "zod";
import { StudioError } from "../../src/domain/errors.ts";
import type { Reranker } from "../../src/domain/rerank/types.ts";
import { cpuSession } from "../lib/cpuSession.ts";
import { type GraphInput, GraphThread } from "../lib/graphThread.ts";
import { RERANK_GRAPH } from "./modelFolder.ts";

/** A cross-encoder in this process. */
export interface LocalReranker extends Reranker {
  close(): Promise<void>;
}

/** Pairs of one run of the graph. */
const BATCH = 16;
/** Most that any model reads; its own limit where that is less. */
const MAX_TOKENS = 512;

const configSchema = z.looseObject({
  max_position_embeddings: z.int().positive().optional(),
  pad_token_id: z.int().nonnegative().nullish(),
  model_type: z.string().optional(),
});

/**
 * Opens a sequence classifier with one output (BERT, XLM-RoBERTa and their kin, as sentence-transformers and bge write cross-encoders) in
 * onnxruntime on the CPU, in a thread of its own. Scores are its raw output. A thread that dies fails what it was
 * asked, and the next call opens another.
 *
 * @throws StudioError `rerank-model-unfit`
 */
export const openCrossEncoder = async (folder: string, name: string, threads: number): Promise<LocalReranker> => {
  const json = async (path: string): Promise<object> =>
    JSON.parse(await readFile(join(folder, path), "utf8")) as object;
  let graph: Promise<GraphThread> | null = null;
  const forget = () => void (graph = null);
  const opened = (): Promise<GraphThread> => {
    if (graph) return graph;
    graph = GraphThread.open(join(folder, RERANK_GRAPH), cpuSession(threads), forget);
    graph.catch(forget);
    return graph;
  };
  const { pairs, config } = await (async () => {
    const tokenizer = new Tokenizer(await json("tokenizer.json"), await json("tokenizer_config.json"));
    const config = configSchema.parse(await json("config.json"));
    const pairs = pairEncoder(tokenizer, tokensOf(config));
    await opened();
    return { pairs, config };
  })().catch((cause: unknown) => {
    throw cause instanceof StudioError ? cause : unfit("its files cannot be loaded", cause);
  });
  const run = async (encoded: readonly Pair[]): Promise<number[]> => {
    const length = encoded.reduce((most, { ids }) => Math.max(most, ids.length), 0);
    const padded = (row: (pair: Pair) => readonly number[], pad: number): GraphInput => ({
      data: BigInt64Array.from(
        encoded.flatMap((pair) => [...row(pair), ...Array<number>(length - pair.ids.length).fill(pad)]),
        BigInt,
      ),
      dims: [encoded.length, length],
    });
    const inputs: Record<string, GraphInput> = {
      input_ids: padded(({ ids }) => ids, config.pad_token_id ?? 0),
      attention_mask: padded(({ ids }) => ids.map(() => 1), 0),
      token_type_ids: padded(({ types }) => types, 0),
    };
    const thread = await opened();
    const feeds = Object.fromEntries(Object.entries(inputs).filter(([input]) => thread.inputNames.includes(input)));
    const logits = await thread.run(feeds, "logits");
    if (logits?.data.length !== encoded.length) throw unfit("it does not give one score a pair");
    return [...logits.data];
  };
  return {
    name,
    async score(query, texts, signal) {
      const scores: number[] = [];
      for (let from = 0; from < texts.length; from += BATCH) {
        signal.throwIfAborted();
        scores.push(...(await run(texts.slice(from, from + BATCH).map((text) => pairs(query, text)))));
      }
      return scores;
    },
    close: async () => {
      // One that did not open has nothing to close.
      await (await graph?.catch(() => null))?.close();
    },
  };
};

interface Pair {
  ids: number[];
  /** 0 for the question's part, 1 for the passage's. */
  types: number[];
}

/** RoBERTa counts positions from behind its padding id. */
const tokensOf = ({
  max_position_embeddings: positions = MAX_TOKENS,
  model_type: type = "",
}: z.infer<typeof configSchema>): number =>
  Math.min(MAX_TOKENS, /roberta|camembert/.test(type) ? positions - 2 : positions);

/**
 * A question and a passage in the model's own form (`[CLS] q [SEP] p [SEP]`, `<s> q </s></s> p </s>`), which the pair of a letter with itself shows.
 * What is too long is cut: the passage first, a question to half of the tokens.
 */
const pairEncoder = (tokenizer: Tokenizer, limit: number): ((query: string, text: string) => Pair) => {
  const idsOf = (text: string): number[] => tokenizer.encode(text, { add_special_tokens: false }).ids;
  const letter = idsOf("a");
  const form = tokenizer.encode("a", { text_pair: "a" }).ids;
  const start = form.indexOf(letter[0] ?? -1);
  const end = form.lastIndexOf(letter.at(-1) ?? -1) + 1;
  const middle = form.slice(start + letter.length, end - letter.length);
  if (start < 0 || middle.length === 0) throw unfit("its tokenizer has no form for a pair of texts");
  const [first, last] = [form.slice(0, start), form.slice(end)];
  const room = limit - first.length - middle.length - last.length;
  return (query, text) => {
    const asked = idsOf(query).slice(0, Math.floor(room / 2));
    const passage = idsOf(text).slice(0, room - asked.length);
    const question = [...first, ...asked, ...middle];
    return {
      ids: [...question, ...passage, ...last],
      types: [...question.map(() => 0), ...[...passage, ...last].map(() => 1)],
    };
  };
};

const unfit = (why: string, cause?: unknown): StudioError =>
  new StudioError(
    "rerank-model-unfit",
    `RERANK_MODEL cannot be used: ${why}.`,
    "It wants a cross-encoder with one output in onnx/model.onnx, its tokenizer.json, tokenizer_config.json and config.json.",
    { cause },
  );
