import type { ModelFiles } from "../../../domain/modelFiles.ts";
import { spread } from "../../../domain/spread.ts";
import { loadPrompts, promptsFor, type Prompts } from "../../../domain/text/prompts.ts";
import { loadTokenizer, type TextTokenizer } from "../../../domain/text/tokenizer.ts";
import { yieldToEventLoop } from "../../../domain/yieldToEventLoop.ts";
import type { BaseRef } from "../../engine/protocol.ts";
import { handOver } from "../../rpc.ts";
import type { DataService } from "../protocol.ts";
import type { Keeper } from "./keeper.ts";
import { rowsOf } from "./storedDataset.ts";

/** How a base reads texts. */
interface Reader {
  tokenizer: TextTokenizer;
  prompts: Prompts;
}

/** Tokens are counted where the texts are, so that no text travels for it. */
export const lengthCalls = (
  keeper: Keeper,
  openFiles: (base: BaseRef) => Promise<ModelFiles>,
): Pick<DataService, "tokenLengths"> => {
  /** Of the base that was asked for last. */
  let last: { base: string; reader: Promise<Reader> } | null = null;
  const readerOf = (ref: BaseRef): Promise<Reader> => {
    const base = JSON.stringify(ref);
    if (last?.base === base) return last.reader;
    const reader = openFiles(ref).then(async (files) => ({
      tokenizer: await loadTokenizer(files),
      prompts: await loadPrompts(files),
    }));
    reader.catch(() => (last = null));
    last = { base, reader };
    return reader;
  };
  return {
    async tokenLengths(id, base, instruction, most) {
      const { tokenizer, prompts } = await readerOf(base);
      const prompt = promptsFor(prompts, instruction);
      const { rows } = rowsOf(await keeper.get(id));
      const queries = rows.map(({ query }) => query);
      const documents = rows.flatMap(({ positives, negatives }) => [...positives, ...negatives]);
      const count = async (kind: keyof Prompts, texts: readonly string[]): Promise<Int32Array> => {
        const counted = spread(texts, most);
        const lengths = new Int32Array(counted.length);
        for (const [index, text] of counted.entries()) {
          lengths[index] = tokenizer.count(prompt[kind], text);
          await yieldToEventLoop();
        }
        return lengths;
      };
      return handOver({
        queries: await count("query", queries),
        documents: await count("document", documents),
        texts: queries.length + documents.length,
      });
    },
  };
};
