import type { WebGPUBackend } from "@tensorflow/tfjs-backend-webgpu";

/** The parts of tfjs' backend that its declarations call private; pinned by the exact version in package.json. */
type PublicParts = Pick<
  WebGPUBackend,
  | "makeTensorInfo"
  | "uploadToGPU"
  | "tensorMap"
  | "bufferManager"
  | "memory"
  | "getBufferData"
  | "submitQueue"
  | "ensureCommandEncoderReady"
  | "endComputePassEncoder"
>;

/** tfjs' backend as we use it: its declared parts, and the command stream that ours is recorded into. */
export interface TfjsInternals extends PublicParts {
  commandEncoder: GPUCommandEncoder | null;
  computePassEncoder: GPUComputePassEncoder | null;
  dispatchCountInPass: number;
}

export const internalsOf = (backend: WebGPUBackend): TfjsInternals => backend as unknown as TfjsInternals;
