import { StudioError } from "../../errors.ts";
import type { ColumnProfile } from "../parse/columns.ts";
import { POSITIVE, QUERY_NAMES, SCORE } from "../parse/names.ts";

/** The three files of a BEIR set. */
export type BeirPart = "queries" | "corpus" | "qrels";

export const QUERY_ID = /^(query_?id|qid|q_id)$/;
export const DOCUMENT_ID = /^(corpus_?id|doc_?id|document_?id|pid|passage_?id|docno)$/;
const TEXT = /^(text|contents?|body|document|passage)$/;

/** Which part of a BEIR set has these columns; null when none. */
export const beirPart = (
  profiles: readonly Pick<ColumnProfile, "name" | "column" | "ids" | "idForm" | "texts">[],
): BeirPart | null => {
  const named = (pattern: RegExp): boolean => profiles.some(({ name }) => pattern.test(name));
  if (
    named(QUERY_ID) &&
    named(DOCUMENT_ID) &&
    profiles.every(({ ids, texts, name }) => texts === 0 || ids || SCORE.test(name))
  )
    return "qrels";
  // trec_eval's form without a header: query, 0, document, grade.
  const unnamed = profiles.every(({ column }) => /^column \d+$/.test(column));
  if (unnamed && (profiles.length === 3 || profiles.length === 4) && profiles.every(({ idForm }) => idForm))
    return "qrels";
  if (!profiles.some(({ column }) => column === "_id") || !named(TEXT)) return null;
  if (named(POSITIVE) || profiles.some(({ name }) => QUERY_NAMES.includes(name))) return null;
  return named(/^title$/) ? "corpus" : "queries";
};

/** The part that a file's name tells. */
export const partByName = (fileName: string): BeirPart | null => {
  const found = /(quer|topic|corpus|collection|doc|qrel)/i.exec(fileName)?.[1]?.toLowerCase();
  if (found === undefined) return null;
  return found === "qrel" ? "qrels" : found === "quer" || found === "topic" ? "queries" : "corpus";
};

const DATA = /\.(jsonl|ndjson|json|tsv|csv|txt|parquet)(\.gz)?$/i;
const QRELS = /(^|\/)qrels\/[^/]+$/i;

/**
 * The files of a BEIR set among some files, by their names or paths: one of queries, one of documents, and those of
 * judgements, which stand in `qrels/` or are called so or by their split (of three files the third, whatever it is called).
 * What else lies in a folder is left out. Null when they are no such set.
 */
export const beirFilesIn = (paths: readonly string[]): string[] | null => {
  const { data, queries, corpus, qrels } = partsIn(paths);
  if (queries.length !== 1 || corpus.length !== 1) return null;
  if (qrels.length > 0) return [...queries, ...corpus, ...qrels];
  return paths.length === 3 && data.length === 3 ? [...data] : null;
};

/** The one file that lacks among some to make a set of them; null where more do, or none. */
export const missingBeirFile = (paths: readonly string[]): string | null => {
  const { queries, corpus, qrels } = partsIn(paths);
  const missing = [
    queries.length === 0 && "queries.jsonl",
    corpus.length === 0 && "corpus.jsonl",
    qrels.length === 0 && "qrels/*.tsv",
  ].filter((file) => file !== false);
  return missing.length === 1 ? (missing[0] ?? null) : null;
};

const partsIn = (paths: readonly string[]): Record<BeirPart | "data", string[]> => {
  const data = paths.filter((path) => DATA.test(path) && !/(^|\/)(\.|__MACOSX\/)/.test(path));
  const partOf = (path: string): BeirPart | null => {
    const name = path.split("/").at(-1) ?? path;
    return QRELS.test(path) || (splitOf(name) !== null && partByName(name) === null) ? "qrels" : partByName(name);
  };
  const of = (part: BeirPart): string[] => data.filter((path) => partOf(path) === part);
  return { data, queries: of("queries"), corpus: of("corpus"), qrels: of("qrels") };
};

/** The part of a data set that judgements are for. */
export type BeirSplit = "train" | "dev" | "test";

/** The split that the name of a file of judgements tells: `qrels/dev.tsv`, `qrels.validation.tsv`. */
export const splitOf = (fileName: string): BeirSplit | null => {
  const found = /(?:^|[^a-z])(train|dev|val|valid|validation|test)(?:[^a-z]|$)/i.exec(fileName)?.[1]?.toLowerCase();
  if (found === undefined) return null;
  return found === "train" || found === "test" ? found : "dev";
};

const WHAT: Record<BeirPart, string> = {
  queries: "the queries of a BEIR set: texts with ids, without documents",
  corpus: "the corpus of a BEIR set: documents with ids, without queries",
  qrels: "the judgements of a BEIR set (qrels): ids of queries and documents, without texts",
};
const OTHERS: Record<BeirPart, string> = {
  queries: "the documents stand in corpus.jsonl, and which of them answer which query in qrels/*.tsv",
  corpus: "the queries stand in queries.jsonl, and which document answers which of them in qrels/*.tsv",
  qrels: "the texts stand in queries.jsonl and corpus.jsonl",
};

/** @throws StudioError `dataset-beir-part`: one of the three files alone holds no pairs */
export const refuseBeirPart = (profiles: readonly ColumnProfile[]): void => {
  const part = beirPart(profiles);
  if (part === null) return;
  throw new StudioError(
    "dataset-beir-part",
    `This file is ${WHAT[part]}.`,
    `A pair needs all three files: ${OTHERS[part]}. Drop the three together (or their folder, or a .zip of it), or give it to the command line: npm run evaluate -- --beir DIR.`,
  );
};
