import type { DeviceReport } from "../../domain/training/types.ts";
import type { Variants } from "./context.ts";

/** The forms that suit an adapter: barrier-free on software, subgroups where a GPU has them. */
export const chooseVariants = ({ slow, features }: DeviceReport): Variants => ({
  reduce: slow ? "serial" : features.subgroups ? "subgroup" : "workgroup",
});
