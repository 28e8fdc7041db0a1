import { loadavg } from "node:os";
import type { Secret } from "../../../../server/lib/secret.ts";
import { findPassages } from "../../../../server/retrieval/findPassages.ts";
import { openDatabase, VectorStore } from "../../../../server/vectors/index.ts";
import { searchModeSchema } from "../../../domain/api/index.ts";
import { at, present } from "../../../domain/present.ts";
import { quantile } from "../../../domain/quantile.ts";
import { row } from "./table.ts";
import { clusteredVectors, random } from "./vectors.ts";

/** Words of a text, distinct ones in a language, and words of a question. */
const [WORDS, VOCABULARY, ASKED] = [120, 50_000, 8];
/** A word by Zipf's law: the first is in most texts, most are in few. */
const word = (): string => `w${Math.floor(Math.exp(((random() + 1) / 2) * Math.log(VOCABULARY)))}`;
/** A question without the words that everyone uses. */
const rare = (words: string[]): string[] => words.filter((one) => Number(one.slice(1)) > 100);

/**
 * The three kinds of search on one growing store. Questions take their words from a passage: as they come, with the commonest among
 * them, and without the hundred commonest. They are asked one after the other, and by so many callers at once as `connections` says.
 */
export const measureModes = async (
  where: { folder: string; url: Secret | null },
  sizes: readonly number[],
  { dimension, connections }: { dimension: number; connections: number },
): Promise<void> => {
  const database = await openDatabase(where);
  const store = new VectorStore(database);
  const vector = clusteredVectors(dimension);
  const id = "ef".repeat(32);
  await store.collections.build({ id, modelId: "modes", modelVersion: null, dimension });
  await store.collections.activate(id);
  const collection = present(await store.collections.active(), "active collection");
  console.log(`\n${store.kind} store, ${WORDS} words a passage, ${dimension} dimensions, k = 10\n`);
  row(
    "passages",
    "passages/s in",
    ...searchModeSchema.options.flatMap((mode) => [`${mode} p50 ms`, "p95 ms"]),
    "keyword, rare words p50 ms",
    "p95 ms",
    ...searchModeSchema.options.flatMap((mode) => [`${mode}, ${connections} callers p50 ms`, "p95 ms"]),
    "load average",
  );
  row(...Array.from({ length: 17 }, () => "---:"));
  let held = 0;
  const texts: string[][] = [];
  for (const size of sizes) {
    const [before, started] = [held, performance.now()];
    for (; held < size; held += 100) {
      const pieces = Array.from({ length: 100 }, (_, ordinal) => {
        const words = Array.from({ length: WORDS }, word);
        if (ordinal === 0) texts.push(words);
        return { ordinal, text: words.join(" "), tokens: WORDS, vectors: new Map([[id, vector()]]) };
      });
      const document = { id: `d${held}`, contentHash: "x", title: "", mediaType: "text/plain", text: "", metadata: {} };
      await store.putDocument(document, pieces);
      await store.nearest.grew(id, pieces.length); // As ingestion does, so that the index is there from 2,000 passages on.
    }
    const inserted = ((size - before) / (performance.now() - started)) * 1000;
    const ask = async (
      mode: (typeof searchModeSchema.options)[number],
      choose: (words: string[]) => string[],
      callers = 1,
    ) => {
      const times: number[] = [];
      let next = 0;
      const caller = async () => {
        for (let i = next++; i < 40 * callers; i = next++) {
          const words = choose(at(texts, (i * 7) % texts.length)).slice(0, ASKED);
          const query = { collection, vector: vector(), question: words.join(" "), k: 10, dimension, filter: [] };
          const from = performance.now();
          await findPassages(store, mode, query);
          times.push(performance.now() - from);
        }
      };
      await Promise.all(Array.from({ length: callers }, caller));
      return [quantile(times, 0.5).toFixed(1), quantile(times, 0.95).toFixed(1)];
    };
    const cells: string[] = [];
    for (const mode of searchModeSchema.options) cells.push(...(await ask(mode, (words) => words)));
    cells.push(...(await ask("keyword", rare)));
    for (const mode of searchModeSchema.options) cells.push(...(await ask(mode, (words) => words, connections)));
    row(size, inserted.toFixed(0), ...cells, at(loadavg(), 0).toFixed(1));
  }
  await database.close();
};
