import { at, entry } from "../../present.ts";
import { joinNearDuplicates, normalizeText, UnionFind } from "../../text/index.ts";
import type { PairRow } from "../types.ts";

/** The texts of a data set by normalized form, and where each row uses them. */
export interface TextIndex {
  /** Distinct normalized texts, in order of appearance. */
  texts: string[];
  /** Text of each row's query. */
  query: Int32Array;
  positives: Int32Array[];
  negatives: Int32Array[];
  /** The document that each row was written from; undefined where rows do not say. */
  source: (string | undefined)[];
}

/** Normalizes every text once. */
export const indexTexts = (rows: readonly PairRow[]): TextIndex => {
  const ids = new Map<string, number>();
  const texts: string[] = [];
  const id = (text: string): number => {
    const key = normalizeText(text);
    const known = ids.get(key);
    if (known !== undefined) return known;
    ids.set(key, texts.length);
    return texts.push(key) - 1;
  };
  const query = new Int32Array(rows.length);
  const positives: Int32Array[] = [];
  const negatives: Int32Array[] = [];
  rows.forEach((row, i) => {
    query[i] = id(row.query);
    positives.push(Int32Array.from(row.positives, id));
    negatives.push(Int32Array.from(row.negatives, id));
  });
  return { texts, query, positives, negatives, source: rows.map(({ sourceDocument }) => sourceDocument) };
};

export interface GraphOptions {
  /** Whether near duplicates count as one text. */
  nearDuplicates?: boolean;
  /**
   * `join`: a hard negative ties rows together like any document, so it stands on one side only. `ignore`: it does not,
   * and may be seen on several sides; needed where negatives were mined from the other rows' documents.
   */
  negatives?: "join" | "ignore";
  /** `join`: rows that were written from one document stand on one side. Default: where there are {@link FEW_DOCUMENTS} or more. */
  sources?: "join" | "ignore";
}

/** Of fewer documents no part can be kept for a test without most of the rows. */
const FEW_DOCUMENTS = 5;

let last: { texts: readonly string[]; near: UnionFind } | null = null;

/**
 * Joined near duplicates of an index. It is the slow part, and report and split ask for the same texts one after the other,
 * so the last answer is kept.
 */
export const nearDuplicates = ({ texts }: TextIndex, onProgress?: (share: number) => void): UnionFind => {
  const known = last;
  const same = known?.texts.length === texts.length && texts.every((text, i) => text === known.texts[i]);
  if (!known || !same) return (last = { texts, near: joinNearDuplicates(texts, onProgress) }).near;
  return known.near;
};

/**
 * Connected component of each row in the graph of queries and documents, numbered by first appearance. Rows of different
 * components share no normalized text (and no near duplicate).
 */
export const rowComponents = (
  index: TextIndex,
  { nearDuplicates: joinNear = true, negatives = "join", sources }: GraphOptions = {},
  near: UnionFind | null = joinNear ? nearDuplicates(index) : null,
): number[] => {
  const graph = new UnionFind(index.texts.length);
  if (joinNear && near) for (let text = 0; text < index.texts.length; text++) graph.union(text, near.find(text));
  index.query.forEach((query, row) => {
    index.positives[row]?.forEach((text) => graph.union(query, text));
    if (negatives === "join") index.negatives[row]?.forEach((text) => graph.union(query, text));
  });
  if (sources !== "ignore") joinSources(index, graph, sources === "join");
  const numbers = new Map<number, number>();
  return Array.from(index.query, (query) => {
    const root = graph.find(query);
    const number = numbers.get(root) ?? numbers.size;
    numbers.set(root, number);
    return number;
  });
};

const joinSources = ({ source, query }: TextIndex, graph: UnionFind, always: boolean): void => {
  const first = new Map<string, number>();
  source.forEach((document, row) => {
    if (document !== undefined && !first.has(document)) first.set(document, at(query, row));
  });
  if (!always && first.size < FEW_DOCUMENTS) return;
  source.forEach((document, row) => {
    if (document !== undefined) graph.union(at(query, row), entry(first, document));
  });
};

/** What keeps rows in one or two components: without it there are more. */
export type Tie = "negatives" | "near-duplicates" | "texts";

/** Whether hard negatives or near duplicates hold the rows together, and may be given up, or equal queries and documents. */
export const tieOf = (index: TextIndex, options: GraphOptions, near: UnionFind | null): Tie => {
  const parted = (change: GraphOptions, joined: UnionFind | null): boolean =>
    new Set(rowComponents(index, { ...options, ...change }, joined)).size > 2;
  if (options.negatives !== "ignore" && parted({ negatives: "ignore" }, near)) return "negatives";
  return near && parted({ nearDuplicates: false }, null) ? "near-duplicates" : "texts";
};

/** How rows are tied, in a sentence about them. */
export const TIED: Record<Tie, string> = {
  negatives: "tied together by shared hard negatives",
  "near-duplicates": "tied together by texts that are nearly the same",
  texts: "tied together by shared queries or documents",
};

/**
 * Rows before `own` that share a text with a row from `own` on. Without them no text stands on both sides.
 *
 * @param near joined near duplicates, or null when only equal texts count
 */
export const leakingRows = (
  index: TextIndex,
  own: number,
  near: UnionFind | null,
  negatives: "join" | "ignore" = "join",
): number[] => {
  const root = (text: number): number => (near ? near.find(text) : text);
  const textsOf = (row: number): number[] => [
    at(index.query, row),
    ...(index.positives[row] ?? []),
    ...(negatives === "join" ? (index.negatives[row] ?? []) : []),
  ];
  const tested = new Set<number>();
  for (let row = own; row < index.query.length; row++) textsOf(row).forEach((text) => tested.add(root(text)));
  return Array.from({ length: own }, (_, row) => row).filter((row) =>
    textsOf(row).some((text) => tested.has(root(text))),
  );
};
