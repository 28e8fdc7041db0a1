import { StudioError } from "../../errors.ts";
import type { PairRow, ParsedDataset } from "../types.ts";
import { gradeNotes } from "./grades.ts";
import type { BeirSet } from "./join.ts";
import type { BeirSplit } from "./part.ts";

/**
 * A set as a data set to train on, with its test where it has one. Dev rows stand in front of the test's and are marked.
 * A set without training judgements is its test alone, marked as `testOnly`.
 */
export const asDataset = (set: BeirSet): { parsed: ParsedDataset; test: ParsedDataset | null } => {
  const { train, dev, test } = set;
  const held = test ?? dev;
  if (!train) {
    const { rows, ...only } = held as ParsedDataset;
    const unused =
      test && dev ? [`The ${counted(dev)} of the dev split are not used, because nothing is trained.`] : [];
    const notes = [...gradeNotes(set, [test ? "test" : "dev"]), ...(only.notes ?? []), ...unused];
    return { parsed: { ...only, rows, testOnly: true, notes }, test: null };
  }
  const noted = { ...train, notes: [...gradeNotes(set, ["train", "dev", "test"]), ...(train.notes ?? [])] };
  if (!held) return { parsed: noted, test: null };
  const devRows = test && dev ? dev.rows.map((row): PairRow => ({ ...row, side: "dev" })) : [];
  const notes = [...(test && dev ? (dev.notes ?? []) : []), ...(held.notes ?? [])];
  const badLines = [...(test && dev ? dev.badLines : []), ...held.badLines];
  // The corpus is that of the training file.
  const { corpusIds: _, ...rest } = held;
  return { parsed: noted, test: { ...rest, rows: [...devRows, ...held.rows], badLines, notes, corpus: [] } };
};

/**
 * The part of a set on which models are scored: the split of that name, else the test, else the only one there is.
 *
 * @throws StudioError `beir-split-missing`
 */
export const scoredOf = (set: BeirSet, split?: BeirSplit): ParsedDataset => {
  const scored = split ?? (["test", "dev", "train"] as const).find((one) => set[one] !== null) ?? "test";
  const found = set[scored];
  if (found) return { ...found, notes: [...gradeNotes(set, [scored]), ...(found.notes ?? [])] };
  const there = (["train", "dev", "test"] as const).filter((one) => set[one] !== null);
  throw new StudioError(
    "beir-split-missing",
    `The set has no judgements for ${split}; it has ${there.join(" and ")}.`,
    `Add qrels/${split}.tsv, or name another split.`,
  );
};

const counted = ({ rows }: ParsedDataset): string => `${rows.length.toLocaleString("en")} queries`;
