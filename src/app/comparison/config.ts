import { assertComparable } from "../../domain/evaluation/index.ts";
import { toProblem } from "../../domain/errors.ts";
import type { RunRecord } from "../../domain/run/types.ts";
import type { Hyperparameters } from "../../domain/training/types.ts";

/** One setting over several runs. */
export interface ConfigRow {
  name: string;
  /** In the order of the runs. */
  values: string[];
  differs: boolean;
}

/** The settings in words, as the Train screen calls them. */
const LABELS: Record<keyof Hyperparameters, string> = {
  rank: "LoRA rank",
  alpha: "LoRA alpha",
  learningRate: "Learning rate",
  epochs: "Epochs",
  batchSize: "Batch size",
  chunkSize: "Chunk size",
  warmupRatio: "Warm-up",
  weightDecay: "Weight decay",
  maxGradNorm: "Gradient clip",
  scale: "Scale",
  maxTokens: "Tokens a text",
  seed: "Seed",
  shuffle: "Shuffled",
  maskKnownPositives: "Known right documents masked in the batch",
  falseNegatives: "Documents too near to a query left out",
  distillation: "Learnt from a teacher's scores",
  precision: "Precision",
  matryoshkaDims: "Matryoshka dimensions",
  evaluateEvery: "Steps between dev scores",
  patience: "Patience",
};

const inWords = (name: string, value: NonNullable<Hyperparameters[keyof Hyperparameters]>): string => {
  if (Array.isArray(value)) return value.join(", ") || "none";
  if (typeof value === "object" && "margin" in value) return `${value.marginStrategy} margin ${value.margin}`;
  if (typeof value === "object") return `weight ${value.weight}, temperature ${value.temperature}`;
  if (typeof value === "boolean") return value ? "yes" : "no";
  return name === "evaluateEvery" && value === 0 ? "at the end of each epoch" : String(value);
};

const flat = ({ dataset: { mining, ...dataset }, ...run }: RunRecord): Record<string, string> => ({
  Base: `${run.base.id} @ ${run.base.revision.slice(0, 12)}`,
  "Data set": `${dataset.name} (${dataset.fingerprint.slice(0, 8)})`,
  Instruction: run.instruction || "the base's own",
  "Mined negatives": mining
    ? `${mining.negatives}, up to ${mining.numNegatives} a query, margin ${mining.relativeMargin}`
    : "none",
  ...Object.fromEntries(
    Object.entries(run.hyperparameters).map(([name, value]) => [
      (LABELS as Partial<Record<string, string>>)[name] ?? name,
      inWords(name, value as NonNullable<Hyperparameters[keyof Hyperparameters]>),
    ]),
  ),
  "Weights kept from step": String(run.dev.best?.step ?? run.lastStep?.step ?? "none"),
  Device: run.device ? `${run.device.backend}, ${run.device.adapter}` : "unknown",
});

/** All settings of the runs; a setting that one run does not have is empty there. */
export const configRows = (runs: readonly RunRecord[]): ConfigRow[] => {
  const all = runs.map(flat);
  return [...new Set(all.flatMap(Object.keys))].map((name) => {
    const values = all.map((one) => one[name] ?? "");
    return { name, values, differs: new Set(values).size > 1 };
  });
};

/** Why two runs' figures must not stand side by side, or null when they may. */
export const notComparable = (pinned: RunRecord, run: RunRecord): string | null => {
  if (!run.tuned || !run.baseline) return "It has not been scored on its test queries.";
  if (pinned.splitHash !== run.splitHash)
    return (
      `It was scored on another test split (${run.splitHash.slice(0, 8)}, not ${pinned.splitHash.slice(0, 8)}): ` +
      "other queries, so a difference would say nothing about the models."
    );
  try {
    assertComparable(pinned.tuned ?? run.tuned, run.tuned);
    return null;
  } catch (thrown) {
    return toProblem(thrown).message;
  }
};
