import { compareAll, evaluateBm25, evaluateRetrieval } from "../../domain/evaluation/index.ts";
import type { RetrievalTask } from "../../domain/evaluation/types.ts";
import { at } from "../../domain/present.ts";
import { devSummary } from "../../domain/run/series.ts";
import type { RunSeries, WholeRun } from "../../domain/run/types.ts";
import { DEFAULT_HYPERPARAMETERS } from "../../domain/training/types.ts";

/** For tests: a finished run whose figures are computed by the real evaluation from made-up vectors. */
export interface SampleRunOptions {
  id?: string;
  name?: string;
  /** Which test split. */
  split?: string;
  /** Size of the noise in the tuned vectors; the baseline's is 0.9. */
  tunedNoise?: number;
  texts?: { query: string; document: string }[];
  rank?: number;
}

const DIM = 24;
const random = (seed: number) => () => {
  seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
  return seed / 2 ** 32;
};
const gauss = (next: () => number) => Math.sqrt(-2 * Math.log(next() + 1e-12)) * Math.cos(2 * Math.PI * next());
const unit = (vector: number[]) => {
  const norm = Math.hypot(...vector);
  return vector.map((value) => value / norm);
};

const WORDS = "borrow lifetime trait closure iterator slice panic thread channel crate macro generic".split(" ");
const sampleTexts = Array.from({ length: 80 }, (_, i) => ({
  query: `How do I use a ${WORDS[i % 12]} with a ${WORDS[(i * 5 + 3) % 12]} in case ${i}?`,
  document: `Case ${i}: the ${WORDS[(i * 5 + 3) % 12]} takes the ${WORDS[i % 12]} by reference, so that nothing is moved.`,
}));

const SAMPLE_STEPS: RunSeries["steps"] = Array.from({ length: 40 }, (_, i) => ({
  step: i + 1,
  totalSteps: 40,
  epoch: 1,
  loss: 2.4 * Math.exp(-i / 14) + 0.2,
  gradNorm: 1.2,
  learningRate: 2e-4 * (1 - i / 40),
  positiveSimilarity: 0.6,
  negativeSimilarity: 0.2,
  embeddingNorm: 11,
  pairsPerSecond: 32,
  tokensPerSecond: 2000,
  etaSeconds: 0,
  bytes: 2e8,
}));

export const sampleSeries = (run: WholeRun): RunSeries => ({
  steps: SAMPLE_STEPS,
  dev: [run.dev.baseline, run.dev.last].flatMap((score) => score ?? []),
});

/** A run, and its test task. */
export const sampleRun = (options: SampleRunOptions = {}): WholeRun & { task: RetrievalTask } => {
  const {
    id = "run-1",
    name = "First run",
    split = "a".repeat(64),
    tunedNoise = 0.55,
    texts = sampleTexts,
    rank = 16,
  } = options;
  const task: RetrievalTask = {
    queries: texts.map(({ query }, i) => ({ text: query, relevant: [i], component: i })),
    corpus: texts.map(({ document }) => document),
    splitHash: split,
  };
  const next = random(7);
  const documents = texts.map(() => unit(Array.from({ length: DIM }, () => gauss(next))));
  const drift = texts.map(() => Array.from({ length: DIM }, () => gauss(next)));
  const other = random(99);
  const scored = (label: string, noise: number, own: number) =>
    evaluateRetrieval({
      task,
      label,
      dim: DIM,
      corpusEmbeddings: Float32Array.from(documents.flat()),
      queryEmbeddings: Float32Array.from(
        documents.flatMap((document, i) =>
          unit(
            document.map((value, d) => value + noise * (at(at(drift, i), d) * (1 - own) + gauss(other) * own) * 0.6),
          ),
        ),
      ),
    });
  const baseline = scored("baseline", 0.9, 0);
  const tuned = scored("tuned", tunedNoise, 0.35);
  return {
    id,
    name,
    createdAt: "2026-11-20T10:00:00.000Z",
    status: "finished",
    problem: null,
    base: { id: "qwen3-embedding-tiny", revision: "bundled", sha256: "b".repeat(64), dim: 256 },
    dataset: { name: "rust-docs.train.jsonl", fingerprint: "d".repeat(64), rows: 2000 },
    splitHash: split,
    hyperparameters: { ...DEFAULT_HYPERPARAMETERS, rank },
    instruction: "Given a question about Rust, retrieve the passage that answers it",
    device: null,
    selfTest: null,
    lastStep: SAMPLE_STEPS.at(-1) ?? null,
    dev: devSummary([
      { step: 0, metrics: baseline.metrics, best: false },
      { step: 40, metrics: tuned.metrics, best: true },
    ]),
    test: { queries: task.queries.length, documents: task.corpus.length },
    queries: task.queries,
    task,
    baseline,
    tuned,
    bm25: evaluateBm25(task),
    comparisons: compareAll(baseline, tuned, { task, resamples: 500, permutations: 500 }),
    artifact: { fingerprint: "f".repeat(64), bytes: 4_400_000, files: 14 },
    registryVersion: null,
  };
};
