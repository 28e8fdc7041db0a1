import type { Dialect } from "../types.ts";

/** Names under which data sets keep queries and documents; earlier names win. Compared without case. */
const QUERY_NAMES = [
  "query",
  "anchor",
  "question",
  "messages",
  "sentence1",
  "text1",
  "search_query",
  "prompt",
  "input",
  "q",
];
const POSITIVE_NAMES = [
  "positive", "positives", "pos", "positive_messages", "positive_passages", "positive_document", "answer", "answers",
  "document", "documents", "passage", "doc", "response", "sentence2", "text2", "context", "completion", "output", "text",
]; // prettier-ignore
const NEGATIVE =
  /^(negatives?|neg|hard_negatives?|negative_messages|negative_passages|negative_document|rejected_response)(_\d+)?$/i;

/** Columns of a two-element array or of a record without names. */
const SENTENCE_PAIR_COLUMNS = ["0", "1"];

/** What the evaluator's object is called; its columns cannot be swapped. */
export const EVALUATOR_DIALECT: Dialect = {
  name: "queries/corpus/relevant_docs",
  query: "query",
  positive: "positive",
  negative: [],
};

/**
 * The most likely meaning of the columns, or null when there are fewer than two. `textColumns` are those that hold texts,
 * for the case in which no name is known.
 */
export const recognizeDialect = (columns: string[], textColumns: string[]): Dialect | null => {
  const find = (names: string[], not?: string): string | undefined => {
    for (const name of names) {
      const column = columns.find((entry) => entry !== not && entry.trim().toLowerCase() === name);
      if (column !== undefined) return column;
    }
    return undefined;
  };
  const negative = columns.filter((column) => NEGATIVE.test(column.trim()));
  const query = find(QUERY_NAMES);
  const positive = find(POSITIVE_NAMES, query);
  if (query !== undefined && positive !== undefined) return named(query, positive, negative);
  if (SENTENCE_PAIR_COLUMNS.every((column, i) => columns[i] === column))
    return { name: "sentence pairs", query: "0", positive: "1", negative: columns.slice(2) };
  const left = textColumns.filter((column) => !negative.includes(column));
  const guessQuery = query ?? left.find((column) => column !== positive);
  const guessPositive = positive ?? left.find((column) => column !== guessQuery);
  if (guessQuery === undefined || guessPositive === undefined) return null;
  return { ...named(guessQuery, guessPositive, negative), guessed: true };
};

/** A dialect from chosen columns, with its name made of them. */
const named = (query: string, positive: string, negative: string[]): Dialect => {
  const kinds = new Set(negative.map((column) => column.replace(/_\d+$/, "")));
  return { name: [query, positive, ...kinds].join("/"), query, positive, negative };
};

/** Whether a first CSV record names columns: a known name, or short cells without sentences. */
export const looksLikeHeader = (cells: string[]): boolean => {
  const known = (cell: string): boolean => {
    const name = cell.trim().toLowerCase();
    return QUERY_NAMES.includes(name) || POSITIVE_NAMES.includes(name) || NEGATIVE.test(name);
  };
  return cells.some(known) || cells.every((cell) => cell.trim().length <= 30 && cell.trim().split(/\s+/).length <= 3);
};

/** Whether a dialect was chosen for a file without a header. */
export const isHeaderless = (dialect: Dialect): boolean => /^column \d+$/.test(dialect.query);
