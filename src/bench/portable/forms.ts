import type { DeviceReport } from "../../domain/training/types.ts";
import type { Variants } from "../../kernels/index.ts";
import { everywhere, type LinearForm } from "../../kernels/wgsl/context.ts";
import { attentionFormsOf, linearFormsOf, reductionsOf } from "../../kernels/wgsl/variants.ts";

/** The forms without barriers, subgroups or half precision, which every device runs. */
const PLAIN = {
  linear: everywhere("register8"),
  attention: "row",
  reduce: "serial",
} as const satisfies Variants;

/** Every form that a device can run, by name: `linear tile`, `attention rows`, `reduce subgroup`, … */
export const formNames = (report: DeviceReport, info: GPUAdapterInfo): string[] => [
  ...linearFormsOf(report, info).map((form) => `linear ${form}`),
  ...attentionFormsOf(report, info).map((form) => `attention ${form}`),
  ...reductionsOf(report).map((form) => `reduce ${form}`),
];

/** The form of a name, beside plain ones of the other kernels. */
export const variantsOf = (name: string): Variants => {
  const [kernel, form] = name.split(" ");
  if (kernel === "linear") return { ...PLAIN, linear: everywhere(form as LinearForm) };
  return { ...PLAIN, [kernel as "attention" | "reduce"]: form };
};
