import { StudioError } from "../../errors.ts";
import { badLine, type Item, type Reading } from "./item.ts";
import { LIMITS } from "./limits.ts";
import { limited, readAll } from "./source.ts";
import { asText } from "./texts.ts";

type Json = Record<string, unknown>;
const isObject = (value: unknown): value is Json =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/**
 * One JSON value over the whole file: an array of records, or the object of sentence-transformers'
 * InformationRetrievalEvaluator (`queries`, `corpus`, `relevant_docs`). Positions count as lines.
 * Errors: `dataset-not-json`, `dataset-not-utf8`, `dataset-too-large`.
 */
export const readJsonDocument = async (chunks: AsyncGenerator<Uint8Array, void, void>): Promise<Reading> => {
  const bytes = await readAll(limited(chunks, LIMITS.wholeFileBytes));
  const value = parseDocument(bytes);
  if (Array.isArray(value)) return reading(value.map((entry, i) => ({ line: i + 1, value: entry as unknown })));
  if (isObject(value) && isObject(value.queries) && "corpus" in value) return readEvaluator(value);
  // A single record, written over several lines.
  return reading([{ line: 1, value }]);
};

const parseDocument = (bytes: Uint8Array): unknown => {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new StudioError("dataset-not-utf8", "The JSON file is not UTF-8.", "Save it again as UTF-8.", { cause });
  }
  try {
    return JSON.parse(text) as unknown;
  } catch {
    // No `cause`: the engine's message quotes the text.
    throw new StudioError(
      "dataset-not-json",
      "The file is neither a complete JSON value nor JSONL.",
      "Check that it was copied to its end. JSONL has one object a line.",
    );
  }
};

/** Rows from `{queries: {id: text}, corpus: {id: text}, relevant_docs: {id: [id]}}`. */
const readEvaluator = (value: Json): Reading => {
  const relevant = isObject(value.relevant_docs) ? value.relevant_docs : {};
  const documents = new Map<string, string>();
  const items: Item[] = [];
  const corpusEntries = Array.isArray(value.corpus)
    ? Object.entries(value.corpus)
    : isObject(value.corpus)
      ? Object.entries(value.corpus)
      : [];
  for (const [id, entry] of corpusEntries) {
    const text = asText(entry);
    if (text !== null) documents.set(id, text);
    else
      items.push(
        badLine(items.length + 1, JSON.stringify(entry), "wrong-type", "A document of the corpus has no text."),
      );
  }
  for (const [id, query] of Object.entries(value.queries as Json)) {
    const ids = relevantIds(relevant[id]);
    const missing = ids.filter((doc) => !documents.has(doc));
    const line = items.length + 1;
    if (missing.length > 0)
      items.push(
        badLine(
          line,
          JSON.stringify(query),
          "unknown-document",
          "A relevant document of this query is not in the corpus.",
        ),
      );
    else items.push({ line, value: { query, positive: ids.map((doc) => documents.get(doc)) } });
  }
  return { ...reading(items), corpus: [...documents.values()] };
};

/** Ids as a list, or as the keys of BEIR's `{id: grade}`, where grade 0 means not relevant. */
const relevantIds = (value: unknown): string[] => {
  if (Array.isArray(value)) return value.map(String);
  if (isObject(value)) return Object.keys(value).filter((id) => Number(value[id]) > 0);
  return [];
};

const reading = (items: Item[]): Reading => ({
  items: (async function* () {
    yield items;
  })(),
  blankLines: () => 0,
});
