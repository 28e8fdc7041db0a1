import { createHash } from "node:crypto";
import { join } from "node:path";
import { buildArtifact, type ArtifactInput, type FolderFile } from "../../src/domain/artifact/index.ts";
import { sampleAdapter, sampleInput } from "../../src/domain/artifact/sample.ts";
import type { RetrievalEvaluation } from "../../src/domain/evaluation/types.ts";
import { diskModel, tinyBase } from "../../src/testing/modelFiles.ts";
import { present } from "../../src/domain/present.ts";
import { pairedInterval } from "../registry/interval.ts";
import { hashFile } from "../lib/hash.ts";
import { TINY } from "./folder.ts";

export interface SampleOptions {
  /** Another number makes another model. */
  seed?: number;
  /** Score of each test query, for every metric. */
  baseline?: number[];
  tuned?: number[];
  split?: string;
  adjust?: (input: ArtifactInput) => void;
}

const scored = (evaluation: RetrievalEvaluation, values: number[], splitHash: string): RetrievalEvaluation => {
  const fill = (value: number) =>
    Object.fromEntries(
      Object.keys(evaluation.metrics).map((metric) => [metric, value]),
    ) as RetrievalEvaluation["metrics"];
  return {
    ...evaluation,
    splitHash,
    queries: values.length,
    metrics: fill(values.reduce((a, b) => a + b, 0) / values.length),
    perQuery: values.map((value, query) => ({ query, bestRank: 1, top: [], scores: [], metrics: fill(value) })),
  };
};

/** Bytes of an artifact's file. */
export const bytesOf = (files: readonly FolderFile[], path: string): Uint8Array =>
  present(
    files.find((file) => file.path === path),
    path,
  ).bytes;

/** An artifact of the tiny base; by default the tuned model is better on every third of 60 queries. */
export const sampleArtifact = async ({
  seed = 1,
  baseline = Array.from({ length: 60 }, (_, index) => (index % 3 === 0 ? 1 : 0)),
  tuned = baseline.map((value, index) => (index % 3 === 1 ? 1 : value)),
  split = "split",
  adjust,
}: SampleOptions = {}): Promise<FolderFile[]> => {
  const base = { ...diskModel(tinyBase), id: TINY, revision: "bundled" };
  const adapter = await sampleAdapter(base, 2, 4);
  for (const values of adapter.tensors.values()) values[0] = seed / 1000;
  const input = await sampleInput(base, adapter);
  input.baseSha256 = await hashFile(join(tinyBase, "model.safetensors"));
  const splitHash = createHash("sha256").update(split).digest("hex");
  const { delta, interval } = pairedInterval(tuned, baseline, []);
  const mean = (values: number[]) => values.reduce((a, b) => a + b, 0) / values.length;
  if (input.evaluation) {
    input.evaluation.baseline = scored(input.evaluation.baseline, baseline, splitHash);
    input.evaluation.tuned = scored(input.evaluation.tuned, tuned, splitHash);
    input.evaluation.components = baseline.map((_, index) => index);
    input.evaluation.comparisons = [
      {
        metric: "recall@10",
        baseline: mean(baseline),
        tuned: mean(tuned),
        delta,
        interval,
        pValue: 0.01,
        minimumDetectableEffect: 0.1,
        verdict: interval[0] > 0 ? "improved" : interval[1] < 0 ? "regressed" : "inconclusive",
      },
    ];
    input.split = { ...input.split, hash: splitHash };
  }
  adjust?.(input);
  return buildArtifact(input);
};
