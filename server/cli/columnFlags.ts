import { z } from "zod";
import type { ColumnChoice } from "../../src/domain/dataset/index.ts";
import { kinds } from "./flags.ts";
import { UsageError } from "./problems.ts";

const score = z.coerce.number("takes a number").optional();

/** Flags of every command that reads pairs: what no file can say for certain. */
export const COLUMN_FLAGS = {
  "query-column": { schema: kinds.text, value: "NAME", help: "column of the queries (default: by its name)" },
  "document-column": { schema: kinds.text, value: "NAME", help: "column of the documents that answer them" },
  "negative-column": {
    schema: kinds.texts,
    value: "NAME",
    many: true,
    help: "column of hard negatives; may be given several times; none for no negatives",
  },
  "score-column": {
    schema: kinds.text,
    value: "NAME",
    help: "column of scores or labels; none takes every pair as a match",
  },
  "min-score": { schema: score, value: "X", help: "score from which on a pair is a match" },
  "negative-below": {
    schema: score,
    value: "X",
    help: "score below which a document is a hard negative (default: left out)",
  },
};

/** For commands that compute with what they read. */
export const BAD_LINES_FLAG = {
  "skip-bad-lines": {
    schema: kinds.switch,
    help: "go on without lines that cannot be read (default: they stop the command)",
  },
};

export interface ColumnFlags {
  "query-column"?: string;
  "document-column"?: string;
  "negative-column"?: string[];
  "score-column"?: string;
  "min-score"?: number;
  "negative-below"?: number;
}

/** What the flags say about the columns, and the thresholds; their column may still have to be found. */
export interface ChosenByFlags {
  choice: ColumnChoice;
  min: number | null;
  negativeBelow: number | null;
}

/** @throws UsageError when the thresholds contradict each other */
export const chosenByFlags = (flags: ColumnFlags): ChosenByFlags => {
  const { "min-score": min = null, "negative-below": negativeBelow = null, "negative-column": negative } = flags;
  const column = flags["score-column"];
  if (negativeBelow !== null && min === null)
    throw new UsageError("usage", "--negative-below needs --min-score.", "Say from which score on a pair is a match.");
  if (negativeBelow !== null && min !== null && negativeBelow > min)
    throw new UsageError(
      "usage",
      `--negative-below ${negativeBelow} is above --min-score ${min}.`,
      "Make it at most as large.",
    );
  if (column === "none" && min !== null)
    throw new UsageError("usage", "--score-column none and --min-score exclude each other.", "Give one of them.");
  return {
    min,
    negativeBelow,
    choice: {
      ...(flags["query-column"] === undefined ? {} : { query: flags["query-column"] }),
      ...(flags["document-column"] === undefined ? {} : { positive: flags["document-column"] }),
      ...(negative === undefined ? {} : { negative: negative.filter((name) => name !== "none") }),
      ...(column === "none" ? { score: null } : {}),
      ...(column === undefined || column === "none" ? {} : { scoreColumn: column }),
    },
  };
};
