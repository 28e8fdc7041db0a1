import { at } from "../../domain/present.ts";
import type { DeviceReport } from "../../domain/training/types.ts";
import {
  type AttentionForm,
  everywhere,
  HALF_FORMS,
  type LinearForm,
  type Reduce,
  TILE_FORMS,
  type Variants,
} from "./context.ts";

/** Whether every subgroup is exactly four lanes, which the quad kernels rest on. */
const hasQuads = (report: DeviceReport, info: GPUAdapterInfo): boolean =>
  report.features.subgroups && info.subgroupMinSize === 4 && info.subgroupMaxSize === 4;

/** Linear kernels that may run on this device with float32 numbers; timing picks among them. */
export const linearForms = (report: DeviceReport, info: GPUAdapterInfo): LinearForm[] => {
  if (!report.slow) return [...TILE_FORMS, "register16", "register8"];
  return hasQuads(report, info) ? ["register8", "quad16"] : ["register8", "register16"];
};

/** Every linear kernel that this device can run, those with other numbers (f16 factors) as well. */
export const linearFormsOf = (report: DeviceReport, info: GPUAdapterInfo): LinearForm[] => [
  "register8",
  "register16",
  ...TILE_FORMS,
  ...(hasQuads(report, info) ? (["quad16"] as const) : []),
  ...(report.features.shaderF16 ? HALF_FORMS : []),
];

/** Forms of attention that timing picks among on this device; software adapters are known. */
export const attentionForms = (report: DeviceReport, info: GPUAdapterInfo): AttentionForm[] => {
  if (!report.slow) return ["rows", "blocks", "row"];
  return [hasQuads(report, info) ? "quarters" : "rows"];
};

/** Every form of attention that this device can run. */
export const attentionFormsOf = (report: DeviceReport, info: GPUAdapterInfo): AttentionForm[] => [
  "row",
  "rows",
  "blocks",
  ...(hasQuads(report, info) ? (["quarters"] as const) : []),
];

/** Every way of summing rows that this device can run. */
export const reductionsOf = ({ features }: DeviceReport): Reduce[] => [
  "serial",
  "workgroup",
  ...(features.subgroups ? (["subgroup"] as const) : []),
];

/**
 * The forms that suit an adapter before anything was timed: barrier-free on software, subgroups where a GPU has them. Of attention
 * the first that timing would pick among; on cards that is the fastest that was measured on one (docs/performance.md).
 */
export const chooseVariants = (report: DeviceReport, info: GPUAdapterInfo): Variants => ({
  linear: report.slow
    ? { ...everywhere(hasQuads(report, info) ? "quad16" : "register16"), few: "register8" }
    : everywhere("tile"),
  attention: at(attentionForms(report, info), 0),
  reduce: report.slow ? "serial" : report.features.subgroups ? "subgroup" : "workgroup",
});
