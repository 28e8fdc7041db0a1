import { measuredOnOf } from "../dataset/origin.ts";
import type { PairRow, Split } from "../dataset/types.ts";
import { at, entry } from "../present.ts";
import { mulberry32, shuffle } from "../random.ts";
import { normalizeText, sha256List } from "../text/index.ts";
import type { RetrievalTask, TaskColumn, TaskQuery } from "./types.ts";

export interface TaskOptions {
  /** The side whose queries are asked. */
  side?: "test" | "dev" | "train";
  /** Documents of a dropped corpus. */
  extraCorpus?: readonly string[];
  /**
   * `all`: the documents of all sides, so that the task is as hard as in use. `side`: only this side's, which is what an
   * evaluator with a separate test file does.
   */
  documents?: "all" | "side";
}

/**
 * The retrieval task of one side. Relevance is by text: documents that are equal after normalization are one document,
 * rows with the same query are one query with the documents of all of them.
 */
export const buildRetrievalTask = (
  rows: readonly PairRow[],
  split: Split,
  options: TaskOptions = {},
): RetrievalTask => {
  const { side = "test", extraCorpus = [], documents = "all" } = options;
  const asked = split[side];
  const corpus: string[] = [];
  const position = new Map<string, number>();
  const add = (text: string): number => {
    const key = normalizeText(text);
    const known = position.get(key);
    if (known !== undefined) return known;
    position.set(key, corpus.length);
    return corpus.push(text) - 1;
  };
  const sources = documents === "all" ? [...asked, ...otherSides(split, side)] : asked;
  for (const row of pick(rows, sources)) [...row.positives, ...row.negatives].forEach(add);
  extraCorpus.forEach(add);

  /** Right documents with their grades; of a document that is judged twice the better one. */
  const queries = new Map<string, { text: string; relevant: Map<number, number>; component: number }>();
  /** Of the first row of each query. */
  const about: (PairRow["about"] | undefined)[] = [];
  for (const index of asked) {
    const row = at(rows, index);
    const key = normalizeText(row.query);
    if (!queries.has(key)) about.push(row.about);
    const query = queries.get(key) ?? {
      text: row.query,
      relevant: new Map(),
      component: split.component[index] ?? index,
    };
    row.positives.forEach((text, i) => {
      const document = add(text);
      query.relevant.set(document, Math.max(row.grades?.[i] ?? 1, query.relevant.get(document) ?? 0));
    });
    queries.set(key, query);
  }
  const graded = pick(rows, asked).some((row) => row.grades !== undefined);
  const task = [...queries.values()].map(({ relevant: graduated, ...query }): TaskQuery => {
    const relevant = [...graduated.keys()].sort((a, b) => a - b);
    return { ...query, relevant, ...(graded && { grades: relevant.map((document) => entry(graduated, document)) }) };
  });
  const measuredOn = measuredOnOf(pick(rows, asked));
  const columns = columnsOf(about);
  return {
    queries: task,
    corpus,
    splitHash: split.hash,
    taskHash: taskHash(task, corpus),
    ...(columns.length > 0 && { columns }),
    ...(measuredOn === "real questions" ? {} : { measuredOn }),
  };
};

/** Queries beyond this many add little to what a task sentence can show, and each has to be embedded. */
const INSTRUCTION_QUERIES = 1_000;

/**
 * The task on which task sentences are tried before training: queries of train and dev, which the base has not learnt yet,
 * against the documents of all sides. The test is not looked at. Whole components are asked, spread over the data.
 */
export const buildInstructionTask = (
  rows: readonly PairRow[],
  split: Split,
  options: Pick<TaskOptions, "extraCorpus"> & { limit?: number } = {},
): RetrievalTask => {
  const { limit = INSTRUCTION_QUERIES, extraCorpus } = options;
  const usable = [...split.train, ...split.dev];
  const components = [...new Set(usable.map((row) => split.component[row] ?? row))];
  const chosen = new Set<number>();
  const sizes = new Map<number, number>();
  for (const row of usable) sizes.set(split.component[row] ?? row, (sizes.get(split.component[row] ?? row) ?? 0) + 1);
  let taken = 0;
  for (const component of shuffle(components, mulberry32(split.seed))) {
    if (taken >= limit) break;
    chosen.add(component);
    taken += entry(sizes, component);
  }
  const isAsked = (row: number): boolean => chosen.has(split.component[row] ?? row);
  const cut = { ...split, dev: usable.filter(isAsked), train: usable.filter((row) => !isAsked(row)) };
  return buildRetrievalTask(rows, cut, { side: "dev", extraCorpus });
};

/** Columns of what is said of queries; one that says the same of all parts nothing. */
const columnsOf = (about: readonly (PairRow["about"] | undefined)[]): TaskColumn[] => {
  const names = new Set(about.flatMap((one) => Object.keys(one ?? {})));
  return [...names].flatMap((name) => {
    const values = [...new Set(about.flatMap((one) => one?.[name] ?? []))];
    const places = new Map(values.map((value, i) => [value, i]));
    const of = about.map((one) => places.get(one?.[name] ?? "") ?? -1);
    return new Set(of).size > 1 ? [{ name, values, of }] : [];
  });
};

const otherSides = (split: Split, side: "test" | "dev" | "train"): number[] =>
  (["train", "dev", "test"] as const).flatMap((other) => (other === side ? [] : split[other]));

const pick = (rows: readonly PairRow[], indices: readonly number[]): PairRow[] =>
  indices.map((index) => at(rows, index));

/** Which queries are asked of which documents, what is right, and how right where that is graded. */
export const taskHash = (queries: RetrievalTask["queries"], corpus: readonly string[]): string =>
  sha256List([
    sha256List(
      queries.map(
        ({ text, relevant, grades }) => `${relevant.join(",")}${grades ? `/${grades.join(",")}` : ""}:${text}`,
      ),
    ),
    sha256List(corpus),
  ]);
