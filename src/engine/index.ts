export {
  createKernels as openDevice,
  type KernelOptions as DeviceOptions,
  type KernelSession as DeviceSession,
} from "../kernels/index.ts";
export { embedTexts, loadBase, type LoadedBase } from "./base.ts";
export { dryRun, type DryRunRequest } from "./dryRun.ts";
export { embedCached, type FixedModel } from "./embedCached.ts";
export { breathe } from "./breathe.ts";
export { RunControl } from "./control.ts";
export { embedSequences, type EmbeddingMatrix } from "./embedder.ts";
export { evaluateModel } from "./evaluate.ts";
export { exportArtifact, type ExportOptions } from "./exportArtifact.ts";
export { LoraAdapter, type AdapterView } from "./lora.ts";
export { rankOnDevice } from "./rank.ts";
export { runTraining, type RunRequest, type RunResult } from "./run.ts";
export { selfTest } from "./selfTest/selfTest.ts";
export { ENGINE_VERSION } from "./version.ts";
