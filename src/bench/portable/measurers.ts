import { present } from "../../domain/present.ts";
import type { LinearForm } from "../../kernels/wgsl/context.ts";
import { variantsOf } from "./forms.ts";
import { measureAdapter } from "./sections/adapter.ts";
import { measureCeiling } from "./sections/ceilings.ts";
import { measureEmbedding } from "./sections/embedding.ts";
import { measureFlat } from "./sections/flat.ts";
import { measureMatmul } from "./sections/matmul.ts";
import { measureParity, measureWideParity } from "./sections/parity.ts";
import { measureStep, openStepBench, type StepBench } from "./sections/step.ts";
import type { StepSize, Workload } from "./workload.ts";

type Measure = (item: string) => Promise<unknown>;

/** What each section of plan.ts does with one of its items. */
export const measurersOf = (workload: Workload, small: boolean): Record<string, Measure> => {
  let opened: Promise<StepBench> | undefined;
  const open = () => (opened ??= openStepBench(workload));
  const size = (tokens: string): StepSize =>
    present(
      workload.steps.find((step) => String(step.tokens) === tokens),
      `size ${tokens}`,
    );
  return {
    adapter: measureAdapter,
    parity: measureParity,
    wide: (form) => measureWideParity(form, workload.config),
    ceilings: (item) => measureCeiling(item, small),
    step: async (item) => measureStep(await open(), size(item), { profile: true }),
    embedding: async () => measureEmbedding(await open(), workload),
    /** `tokens form`: the whole step in one form of one kernel, the others as the engine takes them. */
    forms: async (item) => {
      const [tokens = "", ...form] = item.split(" ");
      const [kernel] = form;
      const variants = variantsOf(form.join(" "));
      const one = { [kernel as keyof typeof variants]: variants[kernel as keyof typeof variants] };
      return measureStep(await openStepBench(workload, one), size(tokens), { profile: false });
    },
    matmul: async (item) => {
      const [rows = "", projection = "", forms = ""] = item.split(" ");
      return measureMatmul(`${rows} ${projection}`, workload.config, forms.split(",") as LinearForm[]);
    },
    flat: (item) => measureFlat(Number(item)),
  };
};
