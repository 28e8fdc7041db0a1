import { badLine, type Item } from "./item.ts";
import { asText, isObject } from "./texts.ts";

type Json = Record<string, unknown>;

export const isEvaluator = (value: Json): boolean => isObject(value.queries) && "corpus" in value;

/** Rows from `{queries: {id: text}, corpus: {id: text}, relevant_docs: {id: [id]}}`, and the whole corpus. */
export const readEvaluator = (value: Json): { items: Item[]; corpus: string[] } => {
  const relevant = isObject(value.relevant_docs) ? value.relevant_docs : {};
  const documents = new Map<string, string>();
  const items: Item[] = [];
  const corpus = typeof value.corpus === "object" && value.corpus !== null ? Object.entries(value.corpus) : [];
  for (const [id, entry] of corpus) {
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
  return { items, corpus: [...documents.values()] };
};

/** Ids as a list, or as the keys of BEIR's `{id: grade}`, where grade 0 means not relevant. */
const relevantIds = (value: unknown): string[] => {
  if (Array.isArray(value)) return value.map(String);
  if (isObject(value)) return Object.keys(value).filter((id) => Number(value[id]) > 0);
  return [];
};
