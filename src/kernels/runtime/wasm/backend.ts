import type { DataId, DataType, KernelBackend, TensorInfo } from "@tensorflow/tfjs-core";
import { present } from "../../../domain/present.ts";

/** What our kernels use of tfjs' WebAssembly backend; its declarations do not name all of it. */
export interface WasmBackend extends KernelBackend {
  /** The build with threads makes its memory, the others have it made by their program. */
  wasm: { asm: { memory?: WebAssembly.Memory }; wasmMemory?: WebAssembly.Memory };
  dataIdMap: { get(id: DataId): { memoryOffset: number } };
  makeOutput(shape: number[], type: DataType): TensorInfo;
  /** The values where they lie: valid until something is allocated. */
  typedArrayFromHeap(tensor: TensorInfo): Float32Array | Int32Array | Uint8Array;
}

/** Where the backend's tensors lie. */
export const memoryOf = ({ wasm }: WasmBackend): WebAssembly.Memory =>
  present(wasm.wasmMemory ?? wasm.asm.memory, "tfjs' WebAssembly memory");
