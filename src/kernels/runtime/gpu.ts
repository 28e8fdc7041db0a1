import * as tf from "@tensorflow/tfjs-core";
import type { Tensor } from "@tensorflow/tfjs-core";
import type { WebGPUBackend } from "@tensorflow/tfjs-backend-webgpu";
import { StudioError } from "../../domain/errors.ts";
import { present } from "../../domain/present.ts";
import { pipelineOf, type PipelineSource } from "./pipelines.ts";
import type { Profiler } from "./profiler.ts";
import { internalsOf, type TfjsInternals } from "./tfjsInternals.ts";

/** What a binding may be: a tensor, a whole buffer, or a part of one. */
export type Binding = Tensor | GPUBuffer | GPUBufferBinding;

export interface Dispatch extends PipelineSource {
  /** Binding i of group 0; null leaves a number out. */
  bindings: readonly (Binding | null)[];
  workgroups: readonly [number, number?, number?];
}

/** Dispatches recorded before the queue gets them. */
const BATCH = 64;

/** A function, because Node has no `GPUBufferUsage` before the device exists. */
const USAGE = () => GPUBufferUsage.STORAGE | GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST;

/**
 * Runs our own pipelines on tfjs' device, in tfjs' own command stream, so that its ops and ours keep their order.
 * Tensors come from tfjs' buffer pool: a step that uses the sizes of the one before allocates nothing.
 */
export class Gpu {
  readonly device: GPUDevice;
  profiler: Profiler | null = null;
  /** Buffers of our own (weights, stores, batches) that are alive, and their bytes. */
  ownBuffers = 0;
  ownBytes = 0;
  /** Bytes that one binding may have. */
  readonly largestBinding: number;
  readonly #backend: TfjsInternals;
  readonly #uniforms = new Map<string, GPUBuffer>();
  readonly #free = new Map<number, GPUBuffer[]>();

  constructor(backend: WebGPUBackend, largestBinding = Infinity) {
    this.#backend = internalsOf(backend);
    this.device = backend.device;
    const { maxStorageBufferBindingSize, maxBufferSize } = this.device.limits;
    this.largestBinding = Math.min(largestBinding, maxStorageBufferBindingSize, maxBufferSize);
  }

  /** A tensor with undefined contents. @throws StudioError `adapter-too-small` above the device's limit */
  tensor<R extends tf.Rank>(shape: tf.ShapeMap[R]): Tensor<R> {
    const bytes = (shape as number[]).reduce((product, size) => product * size, 4);
    if (bytes > this.largestBinding)
      throw new StudioError(
        "adapter-too-small",
        `A batch needs ${bytes} bytes in one piece, the graphics adapter allows ${this.largestBinding}.`,
        "Lower the chunk size or the longest text in tokens.",
      );
    const info = this.#backend.makeTensorInfo(shape, "float32");
    this.#backend.uploadToGPU(info.dataId);
    return tf.engine().makeTensorFromTensorInfo(info) as Tensor<R>;
  }

  /** A buffer of our own. @throws StudioError `adapter-too-small` above the device's limit */
  buffer(size: number, label: string): GPUBuffer {
    const { maxBufferSize } = this.device.limits;
    if (size > maxBufferSize)
      throw new StudioError(
        "adapter-too-small",
        `${label} takes ${size} bytes, the graphics adapter allows ${maxBufferSize} in one buffer.`,
        "Take a smaller model or another GPU.",
      );
    this.ownBuffers++;
    this.ownBytes += size;
    return this.device.createBuffer({ size, usage: USAGE(), label });
  }

  destroy(buffer: GPUBuffer): void {
    this.flush(); // recorded commands may still use it
    this.ownBuffers--;
    this.ownBytes -= buffer.size;
    buffer.destroy();
  }

  /** Like `buffer`, but from and back to a pool by size. */
  take(size: number, label: string): GPUBuffer {
    return this.#free.get(size)?.pop() ?? this.buffer(size, label);
  }

  giveBack(buffer: GPUBuffer): void {
    const list = this.#free.get(buffer.size) ?? [];
    this.#free.set(buffer.size, list);
    list.push(buffer);
  }

  /** Writes after everything recorded so far. */
  write(buffer: GPUBuffer, data: ArrayBufferView<ArrayBuffer>, offset = 0): void {
    this.flush();
    this.device.queue.writeBuffer(buffer, offset, data);
  }

  /** A small read-only buffer with these contents, kept for the next time. */
  uniform(values: readonly number[]): GPUBuffer {
    const key = values.join();
    let buffer = this.#uniforms.get(key);
    if (buffer === undefined) {
      buffer = this.buffer(Math.max(16, 4 * values.length), "uniform");
      this.device.queue.writeBuffer(buffer, 0, new Uint32Array(values));
      this.#uniforms.set(key, buffer);
    }
    return buffer;
  }

  /** Records one dispatch. */
  run({ bindings, workgroups, ...source }: Dispatch): void {
    const pipeline = pipelineOf(this.device, source);
    const entries: GPUBindGroupEntry[] = [];
    bindings.forEach((binding, index) => {
      if (binding !== null) entries.push({ binding: index, resource: this.#resource(binding) });
    });
    const group = this.device.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries });
    const pass = this.#pass(source.entry);
    pass.setPipeline(pipeline);
    pass.setBindGroup(0, group);
    pass.dispatchWorkgroups(...(workgroups as [number]));
    this.#backend.dispatchCountInPass++;
    if (this.profiler !== null) this.#backend.endComputePassEncoder();
    if (this.#backend.dispatchCountInPass >= BATCH) this.flush();
  }

  /** Copies between buffers, in order with the dispatches. */
  copy(from: GPUBuffer, fromOffset: number, to: GPUBuffer, toOffset: number, size: number): void {
    this.#encoderBetweenPasses().copyBufferToBuffer(from, fromOffset, to, toOffset, size);
  }

  clear(buffer: GPUBuffer): void {
    this.#encoderBetweenPasses().clearBuffer(buffer);
  }

  /** Hands everything recorded to the queue. */
  flush(): void {
    if (this.#backend.commandEncoder === null) return;
    this.#backend.endComputePassEncoder();
    this.#backend.submitQueue();
  }

  async read(buffer: GPUBuffer): Promise<Float32Array> {
    this.flush();
    return new Float32Array(await this.#backend.getBufferData(buffer));
  }

  /** Resolves when the device has done all that was recorded. */
  async finish(): Promise<void> {
    this.flush();
    await this.device.queue.onSubmittedWorkDone();
  }

  /** Everything allocated on the device: our buffers and tfjs' pool, used and free. */
  memory(): { buffers: number; bytes: number } {
    const pool = this.#backend.bufferManager;
    return {
      buffers: this.ownBuffers + pool.getNumUsedBuffers() + pool.getNumFreeBuffers(),
      bytes: this.ownBytes + this.#backend.memory().numBytesAllocatedInGPU,
    };
  }

  #encoder(): GPUCommandEncoder {
    this.#backend.ensureCommandEncoderReady();
    return present(this.#backend.commandEncoder, "command encoder");
  }

  #encoderBetweenPasses(): GPUCommandEncoder {
    const encoder = this.#encoder();
    this.#backend.endComputePassEncoder();
    return encoder;
  }

  #pass(entry: string): GPUComputePassEncoder {
    const encoder = this.#encoder();
    if (this.profiler !== null) {
      this.#backend.endComputePassEncoder();
      return (this.#backend.computePassEncoder = encoder.beginComputePass(this.profiler.pass(entry, encoder)));
    }
    return (this.#backend.computePassEncoder ??= encoder.beginComputePass());
  }

  #resource(binding: Binding): GPUBindingResource {
    if (!(binding instanceof tf.Tensor)) return "buffer" in binding ? binding : { buffer: binding };
    this.#backend.uploadToGPU(binding.dataId);
    return { buffer: this.#backend.tensorMap.get(binding.dataId).resource as GPUBuffer };
  }
}
