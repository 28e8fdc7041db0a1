import type { PairRow, ParsedDataset } from "../dataset/types.ts";
import { at } from "../present.ts";
import { normalizeText } from "../text/index.ts";
import type { RetrievalTask } from "./types.ts";

/**
 * A task with the ids of the set that it comes from, by text, as relevance is. Without ids the task is returned as it is, and so it is where an
 * id holds white space, which parts the columns of a TREC file.
 *
 * @param rows  those the task was built from
 * @param set  texts of a corpus, and their ids
 */
export const withIds = (
  task: RetrievalTask,
  rows: readonly PairRow[],
  { corpus, corpusIds }: Pick<ParsedDataset, "corpus" | "corpusIds">,
): RetrievalTask => {
  if (!corpusIds) return task;
  const named = rows.flatMap(({ query, id }) => (id === undefined ? [] : [{ text: query, id }]));
  const queries = idsOf(
    task.queries.map(({ text }) => text),
    named,
  );
  const documents = idsOf(
    task.corpus,
    corpusIds.map((id, i) => ({ text: at(corpus, i), id })),
  );
  const usable =
    queries.every(({ length }) => length > 0) && [...queries, ...documents].flat().every((id) => !/\s/.test(id));
  return usable ? { ...task, ids: { queries, corpus: documents } } : task;
};

const idsOf = (texts: readonly string[], named: readonly { text: string; id: string }[]): string[][] => {
  const places = new Map(texts.map((text, place) => [normalizeText(text), place]));
  const ids: string[][] = texts.map(() => []);
  for (const { text, id } of named) {
    const place = places.get(normalizeText(text));
    if (place !== undefined && !ids[place]?.includes(id)) ids[place]?.push(id);
  }
  return ids;
};
