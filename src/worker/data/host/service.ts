import {
  diagnose,
  fingerprintDataset,
  mineHardNegatives,
  parseBeir,
  parseCorpus,
  parseDataset,
  planMining,
  splitDataset,
  withMinedLabels,
  type MiningPlan,
} from "../../../domain/dataset/index.ts";
import type { PairRow, Split } from "../../../domain/dataset/types.ts";
import {
  buildInstructionTask,
  buildRetrievalTask,
  compareAll,
  evaluateBm25,
} from "../../../domain/evaluation/index.ts";
import type { DataRows, DataService } from "../protocol.ts";

/** A page needs no more than this many progress reports a second. */
const REPORTS_PER_SECOND = 10;
const NO_DIALECT = { name: "", query: "", positive: "", negative: [] };

/** The data work itself, wherever it runs. */
export const createDataService = (): DataService => ({
  parse: (file, fileName, reading, onProgress, signal) =>
    parseDataset(file.stream(), { ...reading, fileName, bytes: file.size, onProgress: throttle(onProgress), signal }),
  parseSet: (files, onProgress, signal) =>
    parseBeir(
      files.map(({ file, name }) => ({ source: file.stream(), fileName: name, bytes: file.size })),
      { onProgress: throttle(onProgress), signal },
    ),
  parseCorpus: (file, fileName, onProgress, signal) =>
    parseCorpus(file.stream(), { fileName, bytes: file.size, onProgress: throttle(onProgress), signal }),
  examine: async ({ rows, testRows }, context = {}, onProgress = () => undefined) => {
    const { badLines = [], blankLines = 0, dialect = NO_DIALECT, scores, graded, notes, ...options } = context;
    const own = rows.slice(0, rows.length - testRows);
    return diagnose(
      { rows: own, badLines, blankLines, dialect, scores, graded, notes },
      { ...options, test: rows.slice(own.length), onProgress: throttle(onProgress) },
    );
  },
  split: async ({ rows, testRows }, settings) => splitDataset(rows, { ...settings, testRows }),
  fingerprint: async ({ rows, corpus }, instruction) =>
    fingerprintDataset(rows, { instruction: instruction || null, corpus }),
  tasks: async ({ rows, corpus: extraCorpus }, split) => ({
    examples: trainRows(rows, split).flatMap(({ query, positives, negatives }) =>
      positives.map((positive) => ({ query, positive, negatives })),
    ),
    dev: split.dev.length > 0 ? buildRetrievalTask(rows, split, { side: "dev", extraCorpus }) : null,
    test: buildRetrievalTask(rows, split, { side: "test", extraCorpus }),
  }),
  bm25: async (task) => evaluateBm25(task),
  compare: async (task, baseline, tuned) => compareAll(baseline, tuned, { task }),
  instructionTask: async ({ rows, corpus: extraCorpus }, split) => buildInstructionTask(rows, split, { extraCorpus }),
  planMining: async (data, split) => miningPlan(data, split),
  mine: async (plan, embeddings, options) => mineHardNegatives(plan, embeddings, options),
  applyMined: async (data, split, labels) => withMinedLabels(data.rows, miningPlan(data, split), labels),
});

const miningPlan = ({ rows, corpus }: DataRows, split: Split): MiningPlan =>
  planMining(
    trainRows(rows, split),
    corpus,
    [...split.dev, ...split.test].map((i) => rows[i] as PairRow),
  );

const trainRows = (rows: readonly PairRow[], split: Split): PairRow[] => split.train.map((i) => rows[i] as PairRow);

/** Lets the first report through and then a few a second; the result itself tells the end. */
const throttle = <T>(report: (progress: T) => void): ((progress: T) => void) => {
  let last = -Infinity;
  return (progress) => {
    const now = performance.now();
    if (now - last < 1000 / REPORTS_PER_SECOND) return;
    last = now;
    report(progress);
  };
};
