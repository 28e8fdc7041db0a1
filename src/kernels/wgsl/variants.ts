import type { DeviceReport } from "../../domain/training/types.ts";
import type { LinearForm, Variants } from "./context.ts";

/** Whether every subgroup is exactly four lanes, which the quad kernels rest on. */
export const hasQuads = (report: DeviceReport, info: GPUAdapterInfo): boolean =>
  report.features.subgroups && info.subgroupMinSize === 4 && info.subgroupMaxSize === 4;

/** Linear kernels that may run on this device with float32 numbers; timing picks among them. */
export const linearForms = (report: DeviceReport, info: GPUAdapterInfo): LinearForm[] => {
  if (!report.slow) return ["tile", "register8"];
  return hasQuads(report, info) ? ["register8", "quad16"] : ["register8", "register16"];
};

/** The forms that suit an adapter before anything was timed: barrier-free on software, subgroups where a GPU has them. */
export const chooseVariants = (report: DeviceReport, info: GPUAdapterInfo): Variants => ({
  linear: report.slow
    ? { few: "register8", many: hasQuads(report, info) ? "quad16" : "register16" }
    : { few: "tile", many: "tile" },
  attention: report.slow ? (hasQuads(report, info) ? "quarters" : "rows") : "row",
  reduce: report.slow ? "serial" : report.features.subgroups ? "subgroup" : "workgroup",
});
