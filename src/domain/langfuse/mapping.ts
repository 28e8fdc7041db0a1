import type { Judged } from "../judged/types.ts";
import { documentsIn, questionIn, unpacked } from "./values.ts";
import type { JudgedItem, Mapping, Part, Path, TraceItem } from "./types.ts";

/** A place in which items have a question or documents. */
export interface Field {
  path: Path;
  /** In how many of the looked at items there is something. */
  found: number;
  /** What the first of them has there, cut. */
  example: string;
  /** Documents there in the mean; 1 for a question. */
  mean: number;
}

/** Where the question and the documents may stand, the likeliest first. */
export interface Fields {
  items: number;
  questions: Field[];
  documents: Field[];
}

/** How deep objects are looked into, and how many keys of one. */
const DEPTH = 3;
const KEYS = 40;
const EXAMPLE = 160;

const PARTS: readonly Part[] = ["input", "output", "expectedOutput", "metadata"];
/** Which part usually holds what. */
const ORDER = {
  questions: ["input", "metadata", "expectedOutput", "output"],
  documents: ["expectedOutput", "output", "metadata", "input"],
} as const;

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** What stands at a path; JSON in strings is opened on the way. */
export const valueAt = ({ parts }: TraceItem, [part, ...keys]: Path): unknown =>
  keys.reduce<unknown>((value, key) => {
    const inner = unpacked(value);
    return isObject(inner) && Object.hasOwn(inner, key) ? inner[key] : undefined;
  }, parts[part]);

const pathsIn = (given: unknown, path: Path): Path[] => {
  const value = unpacked(given);
  if (!isObject(value) || path.length > DEPTH) return [path];
  return [
    path,
    ...Object.keys(value)
      .slice(0, KEYS)
      .flatMap((key) => pathsIn(value[key], [...path, key])),
  ];
};

const cut = (text: string): string => (text.length > EXAMPLE ? `${text.slice(0, EXAMPLE).trimEnd()}…` : text);

/** Looks through some items for places that hold questions and documents. */
export const findFields = (items: readonly TraceItem[]): Fields => {
  const paths = new Map<string, Path>();
  for (const item of items)
    for (const part of PARTS)
      for (const path of pathsIn(item.parts[part], [part])) paths.set(JSON.stringify(path), path);
  const fields = (textsAt: (item: TraceItem, path: Path) => string[], order: readonly Part[]): Field[] =>
    [...paths.values()]
      .flatMap((path): Field[] => {
        const texts = items.map((item) => textsAt(item, path)).filter((some) => some.length > 0);
        const [first] = texts;
        if (!first) return [];
        const mean = texts.reduce((sum, some) => sum + some.length, 0) / texts.length;
        return [{ path, found: texts.length, example: cut(first.join(" · ")), mean }];
      })
      .sort(
        (a, b) =>
          order.indexOf(a.path[0]) - order.indexOf(b.path[0]) || b.found - a.found || a.path.length - b.path.length,
      );
  return {
    items: items.length,
    questions: fields((item, path) => {
      const question = questionIn(valueAt(item, path));
      return question === null ? [] : [question];
    }, ORDER.questions),
    documents: fields((item, path) => documentsIn(valueAt(item, path)), ORDER.documents),
  };
};

/** The likeliest mapping; null when no place holds a question, or none documents. */
export const guessMapping = ({ questions, documents }: Fields): Mapping | null => {
  const [question] = questions;
  const documented = documents.find(({ path }) => String(path) !== String(question?.path));
  if (!question || !documented) return null;
  return { question: question.path, documents: documented.path, negatives: null, first: null };
};

/** Why an item gives no pair. */
export type Unmapped = "no-question" | "no-documents";

/** An item's question and documents by a mapping, or why it has none. */
export const applyMapping = (item: JudgedItem, mapping: Mapping): Judged | Unmapped => {
  const query = questionIn(valueAt(item, mapping.question));
  if (query === null) return "no-question";
  const documents = documentsIn(valueAt(item, mapping.documents)).slice(0, mapping.first ?? undefined);
  if (documents.length === 0) return "no-documents";
  const negatives = mapping.negatives ? documentsIn(valueAt(item, mapping.negatives)) : [];
  const { id, at, verdicts } = item;
  return { id, at, query, documents, negatives, verdicts };
};
