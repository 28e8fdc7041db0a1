import type { Results } from "./results.ts";
import { resultOf } from "./results.ts";
import type { AdapterResult } from "./sections/adapter.ts";
import { matmulItems } from "./sections/matmul.ts";
import type { Workload } from "./workload.ts";

/** A group of measurements that share a process. */
export interface Section {
  name: string;
  /** Whose process: the engine's, or Python's. */
  by: "engine" | "torch";
  /** Seconds that one item may take before its process is ended. */
  limit: number;
  /** The most of the whole time that all items may take together. */
  share: number;
  /** What is measured, in order; it may depend on what is known by then. */
  items(results: Results): string[];
}

export const TORCH_MODES = ["f32", "tf32", "bf16"];

/** All sections, the most valuable first: a run that is cut has measured what it could. */
export const planFor = (workload: Workload): Section[] => {
  const formsOf = (results: Results, kernel: string): string[] =>
    (resultOf<AdapterResult>(results, "adapter", "adapter")?.forms ?? []).filter((form) => form.startsWith(kernel));
  const tokens = workload.steps.map((step) => String(step.tokens));
  const middle = tokens[Math.min(1, tokens.length - 1)] ?? "";
  const engine = "engine" as const;
  return [
    { name: "adapter", by: engine, limit: 40, share: 0.3, items: () => ["adapter"] },
    { name: "parity", by: engine, limit: 15, share: 0.2, items: (results) => formsOf(results, "") },
    { name: "wide", by: engine, limit: 20, share: 0.15, items: (results) => formsOf(results, "") },
    { name: "ceilings", by: engine, limit: 15, share: 0.1, items: () => ["f32", "bandwidth", "f16", "dispatch"] },
    { name: "step", by: engine, limit: 60, share: 0.3, items: () => tokens },
    {
      name: "torch",
      by: "torch",
      limit: 60,
      share: 0.3,
      items: () => [
        ...TORCH_MODES.flatMap((mode) => tokens.map((size) => `${mode} ${size}`)),
        ...TORCH_MODES.map((mode) => `${mode} embedding`),
      ],
    },
    { name: "embedding", by: engine, limit: 40, share: 0.15, items: () => ["embedding"] },
    {
      name: "matmul",
      by: engine,
      limit: 20,
      share: 0.2,
      items: (results) => {
        const forms = formsOf(results, "linear").map((form) => form.split(" ")[1]);
        return matmulItems(workload).map((item) => `${item} ${forms.join()}`);
      },
    },
    { name: "flat", by: engine, limit: 60, share: 0.2, items: () => [String(workload.flatSteps)] },
    {
      name: "forms",
      by: engine,
      limit: 40,
      share: 0.5,
      items: (results) => formsOf(results, "").map((form) => `${middle} ${form}`),
    },
  ];
};
