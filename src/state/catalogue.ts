/** What the screens may know of the base models, presets and estimates. */
export { BASES, type BaseOffer } from "../workflows/bases.ts";
export { estimateRun, type RunEstimate } from "../workflows/estimate.ts";
export { PRESETS, type PresetName } from "../workflows/presets.ts";
