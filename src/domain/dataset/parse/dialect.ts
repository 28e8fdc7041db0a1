import type { ColumnDoubt, Dialect } from "../types.ts";
import type { ColumnChoice } from "./choice.ts";
import type { ColumnProfile } from "./columns.ts";
import { guessColumns } from "./guess.ts";
import { negativeColumns } from "./negatives.ts";
import { teacherColumns } from "./teacher.ts";
import { ANSWER_NAMES, DOCUMENT_NAMES, POSITIVE, QUERY_NAMES, TWIN } from "./names.ts";

type Found = Pick<Dialect, "query" | "positive"> & { queryInput?: string; doubts: ColumnDoubt[] };

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
 * The most likely meaning of the columns, with what is in doubt; null when there are fewer than two of texts. Scores are
 * not looked at.
 */
export const recognizeDialect = (profiles: readonly ColumnProfile[], choice: ColumnChoice = {}): Dialect | null => {
  const found = byChoice(choice) ?? byName(profiles, choice) ?? byPosition(profiles) ?? byGuess(profiles, choice);
  if (found === null) return null;
  const { query, positive, queryInput, doubts } = found;
  const taken = [query, positive, queryInput];
  const negative = choice.negative ?? negativeColumns(profiles, found).filter((column) => !taken.includes(column));
  if (holdsIds(profiles, query, positive) && (choice.query === undefined || choice.positive === undefined))
    doubts.push("ids");
  return {
    ...named(query, positive, negative, queryInput),
    ...teacherColumns(profiles),
    ...(doubts.length > 0 ? { guessed: true, doubts } : {}),
  };
};

const byChoice = ({ query, positive, queryInput }: ColumnChoice): Found | null =>
  query !== undefined && positive !== undefined ? { query, positive, queryInput, doubts: [] } : null;

/** Columns whose names say what they are. */
const byName = (profiles: readonly ColumnProfile[], choice: ColumnChoice): Found | null => {
  const others = profiles.filter(({ column }) => column !== choice.query && column !== choice.positive);
  const asked = choice.query ?? queryColumn(others);
  const left = others.filter(({ column }) => column !== asked);
  const positive = choice.positive === undefined ? documentColumns(left) : [choice.positive];
  if (asked !== undefined && positive[0] !== undefined) {
    const doubts: ColumnDoubt[] = positive.length > 1 ? ["documents"] : [];
    return { ...withInput(profiles, asked, choice), positive: positive[0], doubts };
  }
  return choice.query === undefined && choice.positive === undefined ? twins(profiles) : null;
};

const byPosition = (profiles: readonly ColumnProfile[]): Found | null =>
  SENTENCE_PAIR_COLUMNS.every((column, i) => profiles[i]?.column === column)
    ? { query: "0", positive: "1", doubts: [] }
    : null;

/** What a name tells, and the rest from what the columns hold. */
const byGuess = (profiles: readonly ColumnProfile[], choice: ColumnChoice): Found | null => {
  const query = choice.query ?? queryColumn(profiles.filter(({ column }) => column !== choice.positive));
  const left = profiles.filter(({ column }) => column !== query);
  return guessColumns(profiles, { query, positive: choice.positive ?? documentColumns(left)[0] });
};

/** Columns by the order of their names; nearer ones first, those without a text last. */
const ranked = (profiles: readonly ColumnProfile[], names: readonly string[]): ColumnProfile[] =>
  profiles
    .filter(({ name }) => names.includes(name))
    .sort((a, b) => rank(a) - rank(b) || names.indexOf(a.name) - names.indexOf(b.name));
const rank = ({ texts, depth, surelyIds }: ColumnProfile): number =>
  (texts > 0 ? 0 : 100) + (surelyIds ? 50 : 0) + depth;

const queryColumn = (profiles: readonly ColumnProfile[]): string | undefined =>
  ranked(profiles, QUERY_NAMES)[0]?.column;

/** What could be the document: explicit positives, else texts that are searched, then answers. */
const documentColumns = (profiles: readonly ColumnProfile[]): string[] => {
  const explicit = profiles.filter(({ name }) => POSITIVE.test(name)).sort((a, b) => rank(a) - rank(b));
  const found =
    explicit.length > 0 ? explicit : [...ranked(profiles, DOCUMENT_NAMES), ...ranked(profiles, ANSWER_NAMES)];
  const texts = found.filter(({ texts: count, ids, depth }) => count > 0 && !ids && depth <= (found[0]?.depth ?? 0));
  // An answer that is marked as a part of a text is no document beside that text.
  const whole = texts.filter(({ spans }) => !spans);
  return (whole.length > 0 ? whole : texts.length > 0 ? texts : found.slice(0, 1)).map(({ column }) => column);
};

/** Instruction and input together ask; an instruction that never changes is a task sentence and asks nothing. */
const withInput = (
  profiles: readonly ColumnProfile[],
  query: string,
  choice: ColumnChoice,
): Pick<Found, "query" | "queryInput"> => {
  const instruction = profiles.find(({ column }) => column === query);
  const input = profiles.find(({ name, column }) => ["input", "inputs"].includes(name) && column !== choice.positive);
  if (choice.query !== undefined || instruction?.name !== "instruction" || input === undefined) return { query };
  const constant = instruction.distinct === 1 && instruction.filled >= 5 && input.texts === instruction.filled;
  return constant ? { query: input.column } : { query, queryInput: input.column };
};

/** `sentence1` and `sentence2`, `question_a` and `question_b`. */
const twins = (profiles: readonly ColumnProfile[]): Found | null => {
  const texts = profiles.filter(({ texts: count }) => count > 0);
  for (const first of texts) {
    const [, stem, mark] = TWIN.exec(first.name) ?? [];
    if (mark !== "1" && mark !== "a") continue;
    const second = texts.find(({ name }) => {
      const [, other, end] = TWIN.exec(name) ?? [];
      return other === stem && end === (mark === "1" ? "2" : "b");
    });
    if (second) return { query: first.column, positive: second.column, doubts: [] };
  }
  return null;
};

const holdsIds = (profiles: readonly ColumnProfile[], query: string, positive: string): boolean => {
  const [asked, found] = [query, positive].map((column) => profiles.find((one) => one.column === column));
  return Boolean(asked?.surelyIds || found?.surelyIds || (asked?.ids && found?.ids));
};

/** A dialect from chosen columns, with its name made of them. */
const named = (query: string, positive: string, negative: string[], queryInput?: string): Dialect => {
  const asked = queryInput === undefined ? query : `${query} + ${queryInput}`;
  if (query === "0" && positive === "1") return { name: "sentence pairs", query, positive, negative };
  const kinds = new Set(negative.map((column) => column.replace(/_\d+$/, "")));
  return {
    name: [asked, positive, ...kinds].join("/"),
    query,
    ...(queryInput ? { queryInput } : {}),
    positive,
    negative,
  };
};
