/** What the screens may know of the base models, presets and estimates. */
export { BASES, type BaseOffer } from "../device/bases.ts";
export { estimateRun } from "./estimate.ts";
export { PRESETS, type PresetName } from "../../domain/training/preset/presets.ts";
