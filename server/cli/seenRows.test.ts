import { expect, test } from "vitest";
import type { Manifest } from "../../src/domain/artifact/index.ts";
import { datasetIdentity } from "../../src/domain/dataset/index.ts";
import { seenNote } from "./seenRows.ts";

const rows = [1, 2, 3].map((line) => ({ line, query: `q${line}`, positives: [`d${line}`], negatives: [] }));
type Scored = Parameters<typeof seenNote>[1];
const scored = (of: typeof rows) => ({ rows: of, corpus: [] }) as unknown as Scored;
const trained = (instruction: string | null, train = 2) =>
  ({
    dataset: datasetIdentity("pairs.jsonl", rows, { instruction }),
    split: { hash: "h", train, dev: 0, test: 1 },
    prompt: { query: "", document: "", instruction },
  }) as unknown as Manifest;

test("a test on the data set that the adapter learned from is cautioned against", () => {
  for (const instruction of [null, "Find the answer"])
    expect(seenNote(trained(instruction), scored(rows.toReversed()))).toBe(
      "Caution: this is the data set that the adapter was trained on. 2 of its 3 rows were training rows, so the scores flatter it.",
    );
});

test("of other rows the manifest cannot tell, which is said; without training rows there is nothing to say", () => {
  expect(seenNote(trained(null), scored(rows.slice(0, 1)))).toContain(
    "trained on 2 rows of pairs.jsonl. If some of these",
  );
  expect(seenNote(trained(null, 0), scored(rows))).toBeNull();
});
