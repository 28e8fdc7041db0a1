import type { RankedTask, TaskIds } from "../types.ts";

/** What the ids of a run file name: places in the task, null for another id. */
export interface Places {
  query(id: string): number | null;
  document(id: string): number | null;
}

/**
 * The reading of a file's ids: the set's own where the task has them and any of the queries is named by one, else positions (`q0`, `d0`).
 * A document that the set does not name (one from elsewhere) goes by its position either way.
 *
 * @param queries  ids of queries in the file
 */
export const placesOf = ({ queries: { length }, corpus, ids }: RankedTask, queries: Iterable<string>): Places => {
  const byPosition: Places = {
    query: (id) => placeIn("q", id, length),
    document: (id) => placeIn("d", id, corpus.length),
  };
  if (!ids) return byPosition;
  const own = { queries: placesBy(ids.queries), corpus: placesBy(ids.corpus) };
  for (const id of queries)
    if (own.queries.has(id))
      return {
        query: (one) => own.queries.get(one) ?? null,
        document: (one) => own.corpus.get(one) ?? unnamed(byPosition.document(one), ids),
      };
  return byPosition;
};

const placesBy = (ids: readonly string[][]): Map<string, number> =>
  new Map(ids.flatMap((names, place) => names.map((name) => [name, place] as const)));

const unnamed = (place: number | null, { corpus }: TaskIds): number | null =>
  place !== null && corpus[place]?.length === 0 ? place : null;

const placeIn = (letter: string, id: string, length: number): number | null => {
  if (!id.startsWith(letter) || !/^\d{1,9}$/.test(id.slice(1))) return null;
  const place = Number(id.slice(1));
  return place < length ? place : null;
};
