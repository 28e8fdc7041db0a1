import { parseDataset } from "../dataset/parse/parseDataset.ts";
import { StudioError } from "../errors.ts";
import { hasText, normalizeText } from "../text/index.ts";
import type { Passage } from "./passage.ts";
import { LEAST_REAL } from "./tellApart.ts";

/** A question that a person really asked, with the passages that answer it. */
export interface RealQuestion {
  text: string;
  /** Ids of passages; none where it names no document that is here. */
  passages: string[];
}

/** A real question with all that answers it: it has no origin, and so it is the test beside written ones. */
export interface RealPair {
  query: string;
  positive: string[];
  source_document: string;
}

interface NamedBlob {
  file: Blob;
  name: string;
}

/** Shorter texts stand in many passages by chance. */
const LEAST_CHARACTERS = 20;

/**
 * Real questions of a file: one a line, or a table with a column of questions and one of documents. A document is named by its
 * path, its file's name or its title, or by words of a passage: all of a named document's passages count as its answer.
 *
 * @throws StudioError `real-questions-none`, and those of `parseDataset`
 */
export const readRealQuestions = async (
  { file, name }: NamedBlob,
  passages: readonly Passage[],
  signal?: AbortSignal,
): Promise<RealQuestion[]> => {
  const asked = /\.txt$/i.test(name)
    ? (await file.text()).split(/\r?\n/).map((line) => ({ query: line.trim(), positives: [] }))
    : (await parseDataset(file.stream(), { fileName: name, bytes: file.size, signal })).rows;
  const find = finder(passages);
  const found = new Map<string, RealQuestion>();
  for (const { query, positives } of asked) {
    if (!hasText(query)) continue;
    const known = found.get(normalizeText(query)) ?? { text: query, passages: [] };
    known.passages = [...new Set([...known.passages, ...positives.flatMap(find)])];
    found.set(normalizeText(query), known);
  }
  if (found.size > 0) return [...found.values()];
  throw new StudioError(
    "real-questions-none",
    `${name} holds no question.`,
    "Put one question on each line, or call the columns of a table “question” and “document”.",
  );
};

/** Finds the passages that a cell means. A name that several documents share means none of them. */
const finder = (passages: readonly Passage[]): ((cell: string) => string[]) => {
  const byDocument = new Map<string, string[]>();
  const documentOf = new Map<string, string | null>();
  const byText = new Map<string, string>();
  for (const { id, document, title, text } of passages) {
    byDocument.set(document, [...(byDocument.get(document) ?? []), id]);
    byText.set(normalizeText(text), id);
    for (const name of [document, document.split("/").at(-1) ?? document, title ?? document]) {
      const key = normalizeText(name);
      const other = documentOf.get(key);
      documentOf.set(key, other === undefined || other === document ? document : null);
    }
  }
  const texts = [...byText];
  return (cell) => {
    const key = normalizeText(cell);
    const named = documentOf.get(key);
    if (named) return byDocument.get(named) ?? [];
    const whole = byText.get(key);
    if (whole !== undefined) return [whole];
    if (key.length < LEAST_CHARACTERS) return [];
    return texts.flatMap(([text, id]) => (text.includes(key) ? [id] : []));
  };
};

/** The pairs of real questions, for the test; none where fewer than {@link LEAST_REAL} name a document. */
export const realPairs = (questions: readonly RealQuestion[], passages: ReadonlyMap<string, Passage>): RealPair[] => {
  const named = questions.filter((question) => question.passages.length > 0);
  if (named.length < LEAST_REAL) return [];
  return named.flatMap(({ text, passages: ids }) => {
    const answers = ids.flatMap((id) => passages.get(id) ?? []);
    const [first] = answers;
    return first ? [{ query: text, positive: answers.map((one) => one.text), source_document: first.document }] : [];
  });
};
