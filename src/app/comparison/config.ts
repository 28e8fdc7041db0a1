import { assertComparable } from "../../domain/evaluation/index.ts";
import { toProblem } from "../../domain/errors.ts";
import type { RunRecord } from "../../domain/run/types.ts";

/** One setting over several runs. */
export interface ConfigRow {
  name: string;
  /** In the order of the runs. */
  values: string[];
  differs: boolean;
}

/** Names follow PEFT, transformers and sentence-transformers, as in the manifest. */
const flat = ({ dataset: { mining, ...dataset }, ...run }: RunRecord): Record<string, string> => ({
  base: `${run.base.id} @ ${run.base.revision.slice(0, 12)}`,
  "data set": `${dataset.name} (${dataset.fingerprint.slice(0, 8)})`,
  instruction: run.instruction || "the base's own",
  "mined negatives": mining
    ? `${mining.negatives}, up to ${mining.numNegatives} a query, margin ${mining.relativeMargin}`
    : "none",
  ...Object.fromEntries(
    Object.entries(run.hyperparameters).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.join(", ") || "none" : String(value),
    ]),
  ),
  "weights kept from step": String(run.dev.best?.step ?? run.lastStep?.step ?? "none"),
  device: run.device ? `${run.device.backend}, ${run.device.adapter}` : "unknown",
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
