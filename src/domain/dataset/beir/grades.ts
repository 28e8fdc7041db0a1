import type { ParsedDataset } from "../types.ts";
import type { BeirSet } from "./join.ts";
import type { BeirSplit } from "./part.ts";

const LIST = new Intl.ListFormat("en-GB");

/** What is said once of all the judgements that grade their right documents; nothing where all are alike. */
export const gradeNotes = (set: BeirSet, splits: readonly BeirSplit[]): string[] => {
  const graded = splits.filter((split) => gradesOf(set[split]).length > 0);
  if (graded.length === 0) return [];
  const grades = [...new Set(graded.flatMap((split) => gradesOf(set[split])))].sort((a, b) => a - b);
  const files = LIST.format(graded.map((split) => set.qrels[split] ?? split));
  return [
    `${files} ${graded.length === 1 ? "grades" : "grade"} right documents (${grades.join(", ")}): NDCG counts each by its grade (linear gain, as trec_eval), recall and the others count all of them alike.`,
  ];
};

const gradesOf = (parsed: ParsedDataset | null): number[] => parsed?.rows.flatMap(({ grades = [] }) => grades) ?? [];
