import type { WebGPUBackend } from "@tensorflow/tfjs-backend-webgpu";

/** The parts of tfjs' backend that its declarations call private; pinned by the exact version in package.json. */
type PublicParts = Pick<
  WebGPUBackend,
  | "makeTensorInfo"
  | "uploadToGPU"
  | "tensorMap"
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
  bufferManager: BufferPool;
}

/** tfjs' pool of buffers. */
interface BufferPool extends Pick<WebGPUBackend["bufferManager"], "getNumUsedBuffers" | "getNumFreeBuffers"> {
  /** By size and usage; the last of a list is taken next. */
  freeBuffers: Map<string, GPUBuffer[]>;
  numFreeBuffers: number;
  numBytesAllocated: number;
}

export const internalsOf = (backend: WebGPUBackend): TfjsInternals => backend as unknown as TfjsInternals;
