/** Test support: a whole artifact input over a real base, with made-up scores. Never imported by product code. */
import type { MetricName, Metrics, RetrievalEvaluation } from "../evaluation/types.ts";
import { sha256Hex } from "../hashing.ts";
import { readModelConfig, PROJECTIONS } from "../modelConfig.ts";
import type { ModelFiles } from "../modelFiles.ts";
import { present } from "../present.ts";
import { DEFAULT_HYPERPARAMETERS } from "../training/types.ts";
import { adapterOf, adapterShapes, type Adapter } from "./adapter.ts";
import { BASE_CONFIG_PATH } from "./baseConfig.ts";
import type { ArtifactInput, FolderFile } from "./build.ts";
import { buildManifest, MANIFEST_PATH, parseManifest } from "./manifest.ts";
import { PROBE_TEXTS } from "./probes.ts";
import { jsonBytes } from "./sentenceTransformers.ts";

const METRICS = [
  ...["accuracy", "precision", "recall"].flatMap((m) => [1, 3, 5, 10].map((k) => `${m}@${k}`)),
  "mrr@10",
  "ndcg@10",
  "map@100",
] as MetricName[];
const all = (value: number) => Object.fromEntries(METRICS.map((metric) => [metric, value])) as Metrics;

const evaluation = (label: string, values: number[]): RetrievalEvaluation => ({
  label,
  metrics: all(values.reduce((a, b) => a + b) / values.length),
  perQuery: values.map((value, query) => ({ query, bestRank: 1, top: [], scores: [], metrics: all(value) })),
  queries: values.length,
  corpus: 9,
  splitHash: sha256Hex("split"),
  seconds: 1,
});

/** Adapter values that are small, different everywhere and the same on every run. */
export const sampleAdapter = async (base: ModelFiles, rank = 4, alpha = 8): Promise<Adapter> => {
  const shapes = adapterShapes(await readModelConfig(base), { rank, targets: PROJECTIONS });
  let seed = 1;
  const next = () => ((seed = (Math.imul(seed, 48271) >>> 0) % 2147483647) / 2147483647 - 0.5) * 0.1;
  return adapterOf(
    rank,
    alpha,
    new Map([...shapes].map(([name, [rows, cols]]) => [name, Float32Array.from({ length: rows * cols }, next)])),
  );
};

const unitRows = (dim: number, shift: number): Float32Array =>
  Float32Array.from({ length: PROBE_TEXTS.length * dim }, (_, i) =>
    i % dim === (Math.floor(i / dim) + shift) % dim ? 1 : 0,
  );

/** Of a run of the studio. */
export type TrainedInput = ArtifactInput & {
  [Key in "dataset" | "split" | "hyperparameters" | "training"]: NonNullable<ArtifactInput[Key]>;
};

export const sampleInput = async (base: ModelFiles, adapter?: Adapter): Promise<TrainedInput> => {
  const { hidden } = await readModelConfig(base);
  const side = (shift: number) => ({ query: unitRows(hidden, shift), document: unitRows(hidden, shift + 1) });
  return {
    name: "sample | run",
    runId: "run-1",
    createdAt: "2026-11-22T12:00:00.000Z",
    engine: { version: "0.1.0", commit: null },
    base,
    baseSha256: sha256Hex("base"),
    adapter: adapter ?? (await sampleAdapter(base)),
    prompts: { query: "Instruct: Find the answer\nQuery:", document: "" },
    instruction: "Find the answer",
    dataset: { name: "pairs.jsonl", fingerprint: sha256Hex("data"), rows: 4 },
    split: { hash: sha256Hex("split"), train: 2, dev: 0, test: 2 },
    hyperparameters: { ...DEFAULT_HYPERPARAMETERS, rank: 4, alpha: 8 },
    training: { steps: 3, bestStep: 3, seconds: 1.5, finished: true },
    device: {
      backend: "cpu",
      adapter: "test",
      features: { shaderF16: false, subgroups: false, timestampQuery: false },
      maxBufferBytes: 1,
      maxBindingBytes: 1,
      slow: true,
    },
    selfTest: { passed: true, seconds: 0.1, checks: [{ name: "loss", passed: true, error: 1e-7, tolerance: 1e-5 }] },
    evaluation: {
      baseline: evaluation("baseline", [0, 1, 0]),
      tuned: evaluation("tuned", [1, 1, 0]),
      comparisons: [
        {
          metric: "recall@10",
          baseline: 1 / 3,
          tuned: 2 / 3,
          delta: 1 / 3,
          interval: [-0.1, 0.7],
          pValue: 0.5,
          minimumDetectableEffect: 0.5,
          verdict: "inconclusive",
        },
      ],
      components: [0, 1, 1],
    },
    reference: { dim: hidden, baseline: side(0), tuned: side(2) },
  };
};

/**
 * An artifact as the studio wrote it up to schema version 1: the base's config under its usual name, no limit of tokens, and
 * `more` beside it (merged weights, which could be asked for).
 */
export const asVersionOne = (files: readonly FolderFile[], more: readonly FolderFile[] = []): FolderFile[] => {
  const manifest = parseManifest(
    present(
      files.find(({ path }) => path === MANIFEST_PATH),
      MANIFEST_PATH,
    ).bytes,
  );
  const { fingerprint: _fingerprint, digest: _digest, ...body } = manifest;
  const kept = [
    ...files
      .filter(({ path }) => path !== MANIFEST_PATH && path !== "sentence_bert_config.json")
      .map(({ path, bytes }) => ({ path: path === BASE_CONFIG_PATH ? "config.json" : path, bytes })),
    ...more,
  ];
  const listed = kept.map(({ path, bytes }) => ({ path, bytes: bytes.length, sha256: sha256Hex(bytes) }));
  const older = jsonBytes(buildManifest({ ...body, schemaVersion: 1, files: listed }));
  return [...kept, { path: MANIFEST_PATH, bytes: older }];
};
