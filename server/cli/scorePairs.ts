/** `npm run pairs -- --score`: a reranker's scores beside the texts of a pairs file, for distillation. */
import { appendFileSync, existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import type { PairRow } from "../../src/domain/dataset/types.ts";
import { at } from "../../src/domain/present.ts";
import type { Reranker } from "../../src/domain/rerank/types.ts";
import { BAD_LINES_FLAG, chosenByFlags, COLUMN_FLAGS } from "./columnFlags.ts";
import { kinds, readFlags, type Help } from "./flags.ts";
import { openFile } from "./nodeModelFiles.ts";
import { readPairs } from "./pairs.ts";
import { UsageError } from "./problems.ts";
import { RERANK_FLAGS, rerankerByFlags } from "./rerankFlags.ts";
import { stopOnInterrupt } from "./stopOnInterrupt.ts";

const FLAGS = {
  score: {
    schema: kinds.required("a file of pairs"),
    required: true,
    value: "FILE",
    help: "pairs with hard negatives",
  },
  ...RERANK_FLAGS,
  rerank: { ...RERANK_FLAGS.rerank, schema: kinds.required("an address"), required: true },
  out: {
    schema: kinds.required("a file to write"),
    required: true,
    value: "FILE.jsonl",
    help: "the same pairs with pos_scores and neg_scores; a run that was stopped goes on from FILE.jsonl.part",
  },
  ...BAD_LINES_FLAG,
  ...COLUMN_FLAGS,
};

const HELP: Help = {
  about: "Adds a reranker's scores of documents and hard negatives, from which `npm run train -- --distill 1` learns.",
  examples: ["npm run pairs -- --score pairs.jsonl --rerank http://127.0.0.1:8081 --out scored.jsonl"],
};

/** Rows asked about at once. */
const AT_ONCE = 4;
const SAY_EVERY = 200;

/** Exit codes: 0 written, 2 what the person can mend, 1 everything else. */
export const scorePairs = async (args: string[]): Promise<number> => {
  const flags = readFlags("pairs", FLAGS, args, HELP);
  if (!flags) return 0;
  if (existsSync(flags.out))
    throw new UsageError("usage", `--out: ${flags.out} is there already.`, "Name a file that is not.");
  const chosen = chosenByFlags(flags);
  const options = { chosen, skipBadLines: flags["skip-bad-lines"] };
  const { rows } = await readPairs("score", openFile("score", flags.score), options);
  if (rows.some(({ teacher }) => teacher)) console.error("The scores that the file holds are replaced by new ones.");
  const reranker = rerankerByFlags(flags.rerank, flags);
  const part = `${flags.out}.part`;
  const done = linesDone(part, rows);
  if (done.length > 0) console.error(`${done.length} of ${rows.length} pairs were scored before.`);
  // A line that was cut is written again.
  writeFileSync(part, done.map((line) => `${line}\n`).join(""));
  await stopOnInterrupt((signal) => scoreRest(rows, done.length, { part, reranker, signal }));
  renameSync(part, flags.out);
  const negatives = rows.reduce((sum, row) => sum + row.negatives.length, 0);
  console.log(`${flags.out}: ${rows.length} pairs with ${negatives} hard negatives, scored by ${reranker.name}.`);
  if (negatives === 0)
    console.error("No pair has a hard negative, so there is nothing to distill: mine some first (Train, in the page).");
  return 0;
};

/** Scores the rows from a place on, and appends each few to a file. */
const scoreRest = async (
  rows: readonly PairRow[],
  first: number,
  { part, reranker, signal }: { part: string; reranker: Reranker; signal: AbortSignal },
): Promise<void> => {
  for (let from = first; from < rows.length; from += AT_ONCE) {
    const lines = await Promise.all(rows.slice(from, from + AT_ONCE).map((row) => scoredLine(row, reranker, signal)));
    appendFileSync(part, lines.map((line) => `${line}\n`).join(""));
    const count = from + lines.length;
    if (Math.floor(count / SAY_EVERY) > Math.floor(from / SAY_EVERY)) console.error(`${count}/${rows.length}`);
  }
};

/** In FlagEmbedding's names, so that its own trainer reads the file too. */
const lineOf = ({ query, positives, negatives }: PairRow) => ({ query, pos: positives, neg: negatives });

const scoredLine = async (row: PairRow, reranker: Reranker, signal: AbortSignal): Promise<string> => {
  const { positives, negatives, about, origin, sourceDocument, judgedAt } = row;
  const scores = await reranker.score(row.query, [...positives, ...negatives], signal);
  return JSON.stringify({
    ...about,
    ...lineOf(row),
    pos_scores: scores.slice(0, positives.length),
    neg_scores: scores.slice(positives.length),
    ...(origin && { origin }),
    ...(sourceDocument !== undefined && { source_document: sourceDocument }),
    ...(judgedAt !== undefined && { judged_at: new Date(judgedAt).toISOString() }),
  });
};

/** Whole lines of an earlier run, as long as they are those of the same pairs. @throws UsageError where they are others' */
const linesDone = (part: string, rows: readonly PairRow[]): string[] => {
  if (!existsSync(part)) return [];
  const lines = readFileSync(part, "utf8").split("\n").slice(0, -1);
  const same = (line: string, i: number): boolean => {
    const { query, pos, neg } = JSON.parse(line) as Record<string, unknown>;
    return JSON.stringify({ query, pos, neg }) === JSON.stringify(lineOf(at(rows, i)));
  };
  if (lines.length <= rows.length && lines.every(same)) return lines;
  throw new UsageError(
    "usage",
    `--out: ${part} holds scores of other pairs.`,
    "Remove it, or give the file that it was begun with.",
  );
};
