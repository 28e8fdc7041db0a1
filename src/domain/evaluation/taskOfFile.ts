import type { ParsedDataset, Split } from "../dataset/types.ts";
import { sha256List } from "../text/index.ts";
import { buildRetrievalTask } from "./task.ts";
import type { RetrievalTask } from "./types.ts";

/** All queries of a file of pairs against all its documents. */
export const taskOfFile = ({ rows, corpus }: Pick<ParsedDataset, "rows" | "corpus">): RetrievalTask => {
  const test = rows.map((_, index) => index);
  const hash = sha256List(rows.flatMap(({ query, positives }) => [query, ...positives]));
  const split: Split = { seed: 0, train: [], dev: [], test, hash, component: test };
  return buildRetrievalTask(rows, split, { documents: "side", extraCorpus: corpus });
};
