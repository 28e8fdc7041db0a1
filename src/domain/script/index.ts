export { mustBeExpressible } from "./expressible.ts";
export type { PlannedRun } from "./plannedRun.ts";
export { scriptFiles } from "./scriptFiles.ts";
