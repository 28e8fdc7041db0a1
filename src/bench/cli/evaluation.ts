/** `npm run bench:evaluation`: a whole evaluation (vectors, BM25, hybrid, intervals) of invented texts and random vectors, with times and memory. */
import { cpus, loadavg } from "node:os";
import { z } from "zod";
import { readFlags } from "../../../server/cli/flags.ts";
import {
  compareAll,
  evaluateBm25,
  evaluateHybrid,
  evaluateRetrieval,
  HYBRID_LABELS,
} from "../../domain/evaluation/index.ts";
import type { RetrievalEvaluation, RetrievalTask } from "../../domain/evaluation/types.ts";
import { at } from "../../domain/present.ts";
import { uniform } from "../../domain/random.ts";

const size = (value: number, most: number) => z.coerce.number().int().min(1).max(most).default(value);
const FLAGS = {
  queries: { value: "N", help: "questions (default 600)", schema: size(600, 100_000) },
  passages: { value: "N", help: "documents (default 100000)", schema: size(100_000, 1_000_000) },
  dimension: { value: "N", help: "of the vectors (default 256)", schema: size(256, 4096) },
  words: { value: "N", help: "different words (default 50000)", schema: size(50_000, 1_000_000) },
};
const HELP = {
  about: "Times an evaluation with BM25 and hybrid search, and says how much memory it took.",
  examples: ["npm run bench:evaluation", "npm run bench:evaluation -- --passages 10000"],
};

const PASSAGE_WORDS = 60;
const QUERY_WORDS = 8;

const MIB = 2 ** 20;
const megabytes = (): string => `${Math.round(process.memoryUsage().rss / MIB)} MiB`;

const timed = <T>(what: string, work: () => T): T => {
  const start = performance.now();
  const before = process.cpuUsage();
  const result = work();
  const { user, system } = process.cpuUsage(before);
  const wall = (performance.now() - start) / 1000;
  console.log(
    `${what.padEnd(34)} ${wall.toFixed(1).padStart(6)} s, ${((user + system) / 1e6).toFixed(1).padStart(6)} s of processor time, ${megabytes()}`,
  );
  return result;
};

const main = (args: string[]): void => {
  const flags = readFlags("bench:evaluation", FLAGS, args, HELP);
  if (!flags) return;
  const { queries, passages, dimension, words } = flags;
  const next = uniform(42);
  // A word's frequency falls with its number, as in texts.
  const word = (): string => `w${Math.floor(words ** next())}`;
  const text = (length: number): string => Array.from({ length }, word).join(" ");
  const vectors = (rows: number): Float32Array => {
    const all = Float32Array.from({ length: rows * dimension }, () => next() - 0.5);
    for (let row = 0; row < rows; row++) {
      const one = all.subarray(row * dimension, (row + 1) * dimension);
      const norm = Math.hypot(...one);
      for (let i = 0; i < dimension; i++) one[i] = at(one, i) / norm;
    }
    return all;
  };
  console.log(
    `${queries} queries × ${passages} passages, dimension ${dimension}; load before ${at(loadavg(), 0).toFixed(1)} on ${cpus().length} cores`,
  );
  const task: RetrievalTask = timed("inventing texts", () => ({
    queries: Array.from({ length: queries }, (_, i) => ({
      text: text(QUERY_WORDS),
      relevant: [Math.floor((i * passages) / queries)],
      component: i,
    })),
    corpus: Array.from({ length: passages }, () => text(PASSAGE_WORDS)),
    splitHash: "bench",
  }));
  const [corpusEmbeddings, before, after] = timed("inventing vectors", () => [
    vectors(passages),
    vectors(queries),
    vectors(queries),
  ]) as [Float32Array, Float32Array, Float32Array];
  const dense = (label: string, queryEmbeddings: Float32Array): RetrievalEvaluation =>
    timed(`vectors, ${label}`, () =>
      evaluateRetrieval({ task, queryEmbeddings, corpusEmbeddings, dim: dimension, label }),
    );
  const baseline = dense("baseline", before);
  const tuned = dense("tuned", after);
  const lexical = timed("BM25, index and search", () => evaluateBm25(task));
  const [mixed, best] = timed("hybrid, both models", () =>
    [baseline, tuned].map((one, i) => evaluateHybrid(task, lexical, one, HYBRID_LABELS[i] ?? one.label)),
  ) as [RetrievalEvaluation, RetrievalEvaluation];
  timed("intervals of four comparisons", () =>
    [
      [baseline, tuned],
      [lexical, tuned],
      [mixed, best],
      [lexical, best],
    ].map(([a, b]) => compareAll(a as RetrievalEvaluation, b as RetrievalEvaluation)),
  );
  console.log(`peak memory ${Math.round(process.resourceUsage().maxRSS / 1024)} MiB`);
};

main(process.argv.slice(2));
