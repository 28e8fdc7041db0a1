import { createRunContentsStore } from "../runs/contentsStore.ts";
import type { RunContentsStorage } from "../runs/ports.ts";
import { at } from "../../domain/present.ts";
import { METRIC_NAMES } from "../../domain/evaluation/index.ts";
import type { Metrics, RetrievalEvaluation } from "../../domain/evaluation/types.ts";
import { appendSeries, emptyDevSummary, emptySeries } from "../../domain/run/series.ts";
import type { RunContents, RunRecord, RunResults, RunSeries } from "../../domain/run/types.ts";
import { DEFAULT_HYPERPARAMETERS, type DevScore, type StepReport } from "../../domain/training/types.ts";

/** Small records for tests of the stores. */

export const metrics = (value: number): Metrics =>
  Object.fromEntries(METRIC_NAMES.map((name) => [name, value])) as Metrics;

export const stepReport = (step: number, loss = 1): StepReport => ({
  step,
  totalSteps: 10,
  epoch: 0,
  loss,
  gradNorm: 1,
  learningRate: 1e-3,
  positiveSimilarity: 0.6,
  negativeSimilarity: 0.2,
  embeddingNorm: 10,
  pairsPerSecond: 5,
  tokensPerSecond: 100,
  etaSeconds: 10 - step,
  bytes: 1000,
});

export const devScore = (step: number, best: boolean): DevScore => ({ step, best, metrics: metrics(0.5) });

export const evaluation = (label: string, value: number): RetrievalEvaluation => ({
  label,
  metrics: metrics(value),
  perQuery: [],
  queries: 0,
  corpus: 0,
  splitHash: "s",
  seconds: 0,
});

export const someContents = (patch: Partial<RunContents> = {}): RunContents => ({
  queries: [],
  baseline: null,
  tuned: null,
  bm25: null,
  ...patch,
});

interface StoredRun {
  contents: RunContents;
  series: RunSeries;
  /** Documents of its test. */
  corpus?: readonly string[];
}

/** A store of run contents over a storage in memory, with every piece of a curve that was written. */
export const memoryContents = (stored: Record<string, StoredRun> = {}) => {
  const contents = new Map<string, RunResults>(Object.entries(stored).map(([id, one]) => [id, one.contents]));
  const pieces = new Map(Object.entries(stored).map(([id, one]) => [id, [one.series]]));
  const appended: RunSeries[] = [];
  const storage: RunContentsStorage = {
    load: async (id) => contents.get(id) ?? null,
    save: async (id, value) => void contents.set(id, value),
    series: async (id) => (pieces.get(id) ?? []).reduce(appendSeries, emptySeries()),
    async append(id, piece) {
      appended.push(piece);
      pieces.set(id, [...(pieces.get(id) ?? []), piece]);
    },
    replace: async (id, series) => void pieces.set(id, [series]),
    async remove(id) {
      contents.delete(id);
      pieces.delete(id);
    },
  };
  const files: { name: string; file: Blob }[] = [];
  const store = createRunContentsStore({
    storage,
    data: {
      queries: async (id) => stored[id]?.contents.queries ?? [],
      documents: async (id, places) => places.map((place) => at(stored[id]?.corpus ?? [], place)),
      taskFile: async (id, form) => new Blob([`${form} of ${id}`]),
      rankingFile: async (id, { label }) => new Blob([`${label} of ${id}`]),
    },
    downloads: { file: (name, file) => void files.push({ name, file }) },
  });
  return { store, storage, appended, files };
};

export const aRun = (patch: Partial<RunRecord> = {}): RunRecord => ({
  id: "run",
  name: "a run",
  createdAt: "2026-01-01T00:00:00Z",
  status: "running",
  problem: null,
  base: { id: "tiny", revision: "bundled", sha256: "", dim: 0 },
  dataset: { name: "pairs.jsonl", fingerprint: "f", rows: 3 },
  splitHash: "s",
  hyperparameters: DEFAULT_HYPERPARAMETERS,
  instruction: "",
  device: null,
  selfTest: null,
  lastStep: null,
  dev: emptyDevSummary(),
  test: { queries: 0, documents: 0 },
  baseline: null,
  tuned: null,
  bm25: null,
  comparisons: [],
  artifact: null,
  registryVersion: null,
  ...patch,
});
