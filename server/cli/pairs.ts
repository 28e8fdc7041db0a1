import { createReadStream, statSync } from "node:fs";
import { basename } from "node:path";
import { indexTexts, leakingRows, parseDataset } from "../../src/domain/dataset/index.ts";
import type { ParsedDataset, Split, TrainingExample } from "../../src/domain/dataset/types.ts";
import { buildRetrievalTask } from "../../src/domain/evaluation/index.ts";
import type { RetrievalTask } from "../../src/domain/evaluation/types.ts";
import { sha256List } from "../../src/domain/text/index.ts";
import { UsageError } from "./problems.ts";

/** Bad lines that are named; the rest is counted. */
const SHOWN = 5;

/** Reads a file of pairs and says on stderr what could not be read. @throws UsageError when no row is left */
export const readPairs = async (flag: string, path: string): Promise<ParsedDataset> => {
  const parsed = await parseDataset(createReadStream(path), { fileName: basename(path), bytes: statSync(path).size });
  for (const { line, reason } of parsed.badLines.slice(0, SHOWN))
    console.error(`${basename(path)}, line ${line}: ${reason}`);
  if (parsed.badLines.length > SHOWN) console.error(`… and ${parsed.badLines.length - SHOWN} more bad lines`);
  if (parsed.rows.length === 0)
    throw new UsageError(
      "usage",
      `--${flag}: no line of ${basename(path)} is a pair.`,
      'Each line is an object such as {"query": "…", "positive": "…"}.',
    );
  return parsed;
};

/** Says on stderr how many rows share a text with the rows they are scored on. */
export const warnOfLeak = (rows: ParsedDataset, scored: ParsedDataset, flag: string): void => {
  const index = indexTexts([...rows.rows, ...scored.rows]);
  const leaking = leakingRows(index, rows.rows.length, null).length;
  if (leaking > 0)
    console.error(
      `${leaking} of ${rows.rows.length} rows of ${rows.fileName} share a text with --${flag}, so its scores flatter. Leave them out.`,
    );
};

/** One example for every positive of every row, in file order. */
export const examplesOf = ({ rows }: ParsedDataset): TrainingExample[] =>
  rows.flatMap(({ query, positives, negatives }) => positives.map((positive) => ({ query, positive, negatives })));

/** All queries of a file against all its documents. */
export const taskOf = ({ rows, corpus }: ParsedDataset): RetrievalTask => {
  const test = rows.map((_, index) => index);
  const hash = sha256List(rows.flatMap(({ query, positives }) => [query, ...positives]));
  const split: Split = { seed: 0, train: [], dev: [], test, hash, component: test };
  return buildRetrievalTask(rows, split, { documents: "side", extraCorpus: corpus });
};
