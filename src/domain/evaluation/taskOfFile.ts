import type { ParsedDataset, Split } from "../dataset/types.ts";
import { sha256List } from "../text/index.ts";
import { buildRetrievalTask } from "./task.ts";
import { withIds } from "./taskIds.ts";
import type { RetrievalTask } from "./types.ts";

/** All queries of a file of pairs against all its documents. */
export const taskOfFile = ({ rows, ...set }: Pick<ParsedDataset, "rows" | "corpus" | "corpusIds">): RetrievalTask => {
  const test = rows.map((_, index) => index);
  const hash = sha256List(rows.flatMap(({ query, positives }) => [query, ...positives]));
  const split: Split = { seed: 0, train: [], dev: [], test, hash, component: test };
  return withIds(buildRetrievalTask(rows, split, { documents: "side", extraCorpus: set.corpus }), rows, set);
};
