export {
  createKernels as openDevice,
  quickestBackends,
  type KernelSession as DeviceSession,
} from "../kernels/index.ts";
export { ENGINE_VERSION } from "./version.ts";
export { embedTexts, loadBase, type LoadedBase } from "./model/base.ts";
export { dryRun } from "./training/dryRun.ts";
export { embedCached, type FixedModel } from "./embed/embedCached.ts";
export { RunControl } from "./training/control.ts";
export { type EmbeddedTask, embedTask, evaluateModel } from "./embed/evaluate.ts";
export { exportArtifact, rehearseExport, trainingOf, type ExportOptions } from "./exportArtifact.ts";
export { LoraAdapter } from "./model/lora.ts";
export { nearestDocuments } from "./embed/nearest.ts";
export { openForm, type OpenForm } from "./embed/openForm.ts";
export { measureRetention } from "./embed/retention.ts";
export { weighBytes } from "./embed/weighBytes.ts";
export { planRun } from "./training/plannedRun.ts";
export { runTraining, type RunResult } from "./training/run.ts";
export { assertSelfTest, selfTest } from "./selfTest/selfTest.ts";
