import type { RetrievalTask } from "../../domain/evaluation/types.ts";
import { packRunTexts, type RunTexts } from "../../domain/run/texts.ts";
import { DEFAULT_HYPERPARAMETERS, type SelfTestReport } from "../../domain/training/types.ts";
import type { TrainRequest } from "../../worker/engine/protocol.ts";
import { seal } from "../../worker/rpc.ts";

/** A run of the nano base of the fixtures, for tests of the engine's service. */

/** Words of the nano tokenizer. Query i and document i share a rare word. */
const words = (i: number): { query: string; positive: string } => ({
  query: `t${i} t${100 + (i % 7)}`,
  positive: `t${200 + (i % 11)} t${i} t${300 + (i % 5)}`,
});
export const pairs = Array.from({ length: 24 }, (_, i) => words(i));
export const taskOf = (rows: typeof pairs, hash: string): RetrievalTask => ({
  queries: rows.map(({ query }, i) => ({ text: query, relevant: [i], component: i })),
  corpus: rows.map(({ positive }) => positive),
  splitHash: hash.repeat(64),
  taskHash: hash.repeat(64),
});
const texts: RunTexts = {
  examples: pairs.slice(0, 16).map((pair) => ({ ...pair, negatives: [] })),
  dev: taskOf(pairs.slice(16, 20), "d"),
  test: taskOf(pairs.slice(20), "a"),
};
export const packed = (patch: Partial<RunTexts> = {}) => seal(packRunTexts({ ...texts, ...patch }));
export const request: TrainRequest = {
  runId: "run-1",
  hyperparameters: {
    ...DEFAULT_HYPERPARAMETERS,
    rank: 4,
    alpha: 8,
    batchSize: 8,
    chunkSize: 4,
    epochs: 2,
    learningRate: 1e-3,
  },
  instruction: "find the words",
  resumeFrom: null,
};

export const memorySelfTests = () => {
  const kept = new Map<string, SelfTestReport>();
  return {
    kept,
    read: async (key: string) => kept.get(key) ?? null,
    write: async (key: string, report: SelfTestReport) => void kept.set(key, report),
  };
};
