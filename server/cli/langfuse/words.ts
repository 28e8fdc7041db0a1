import type {
  LangfuseAnswered,
  LangfuseDatasets,
  LangfusePreview,
  LangfuseScores,
} from "../../../src/domain/api/index.ts";
import type { PersonalFinding } from "../../../src/domain/judged/personal.ts";
import type { JudgedCounts, JudgedPair } from "../../../src/domain/judged/types.ts";
import { answeredWords } from "../../../src/domain/langfuse/answered.ts";
import type { Mapping } from "../../../src/domain/langfuse/types.ts";

const SHOWN = 10;
const CHARACTERS = 100;

const count = (number: number, word: string): string =>
  `${number.toLocaleString("en")} ${word}${number === 1 ? "" : "s"}`;
const short = (text: string): string => {
  const line = text.replace(/\s+/g, " ");
  return line.length > CHARACTERS ? `${line.slice(0, CHARACTERS)}…` : line;
};

/** What there is to choose from. */
export const choiceLines = (
  { datasets }: LangfuseDatasets,
  { scores, read, more }: LangfuseScores,
  span: { from: string; to: string },
): string[] => [
  datasets.length > 0 ? "Data sets (--dataset):" : "There is no data set in this project.",
  ...datasets.map(({ name }) => `  ${name}`),
  scores.length > 0
    ? `Scores (--score) of ${span.from.slice(0, 10)} to ${span.to.slice(0, 10)}, by the newest ${read}${more ? " of more" : ""}:`
    : `No score was given from ${span.from.slice(0, 10)} to ${span.to.slice(0, 10)}.`,
  ...scores.map(
    ({ name, count: given, usable, min, max, categories }) =>
      `  ${name}: ${given}, ${usable} of them on retrievals or traces, ${min === null ? categories.join(", ") : `${min} to ${max}`}`,
  ),
];

/** How the items are read. */
export const lookLines = ({ looked }: LangfusePreview, { question, documents }: Mapping): string[] => [
  `${looked.judged} of the newest ${looked.read} items are judged; the question is taken from ${question.join(".")}, the documents from ${documents.join(".")}.`,
];

/** What looks like personal data, for the person at the terminal. */
export const personalLines = (pairs: readonly JudgedPair[], personal: readonly PersonalFinding[]): string[] => [
  ...personal
    .slice(0, SHOWN)
    .map(({ pair, what, text }) => `  pair ${pair + 1} of ${pairs.length}, ${what.join(" and ")}: ${short(text)}`),
  ...(personal.length > SHOWN ? [`  and ${personal.length - SHOWN} more`] : []),
];

/** What became of everything. */
export const resultLines = (
  counts: JudgedCounts & Record<"read" | "unjudged" | "unmapped" | "archived" | "personal" | "taken", number>,
  answered: LangfuseAnswered,
  out: string,
): string[] =>
  [
    `${count(counts.read, "item")} read: ${counts.judged} judged, ${counts.unjudged} that nobody judged, ${counts.unmapped} without a question or documents, ${counts.archived} archived.`,
    `${count(counts.pairs, "pair")} with ${count(counts.positives, "right document")} and ${count(counts.negatives, "hard negative")}; ${count(counts.onlyBad, "question")} with bad documents only.`,
    ...(counts.conflicts > 0
      ? [`${count(counts.conflicts, "document")} judged both ways: npm run data:check -- ${out} asks about them.`]
      : []),
    ...(counts.personal > 0 ? [`${count(counts.personal, "pair")} with possible personal data.`] : []),
    answeredWords(answered) ?? "",
    counts.taken > 0
      ? `${count(counts.taken, "pair")} written to ${out}, the newest last; npm run train tests on the newest fifth.`
      : "Nothing was judged good, so no pair was written.",
  ].filter((line) => line !== "");
