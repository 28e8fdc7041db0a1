import * as tf from "@tensorflow/tfjs-core";
import type { Tensor } from "@tensorflow/tfjs-core";
import type { WebGPUBackend } from "@tensorflow/tfjs-backend-webgpu";
import { StudioError } from "../../domain/errors.ts";
import { present } from "../../domain/present.ts";
import { BindGroups, type BoundEntry } from "./bindGroups.ts";
import { pipelineOf, type PipelineSource } from "./pipelines.ts";
import type { Profiler } from "./profiler.ts";
import { cut, Staging } from "./staging.ts";
import { internalsOf, type TfjsInternals } from "./tfjsInternals.ts";

/** What a binding may be: a tensor, a whole buffer, or a part of one. */
export type Binding = Tensor | GPUBuffer | GPUBufferBinding;

export interface Dispatch extends PipelineSource {
  /** Binding i of group 0; null leaves a number out. */
  bindings: readonly (Binding | null)[];
  workgroups: readonly [number, number?, number?];
}

/** Dispatches after which a device that has nothing to do gets its first. */
const FIRST = 64;
/** Dispatches recorded at most before the queue gets them. A chunk is one submission, or a few where it is of many layers. */
const MOST = 1024;

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
  readonly #groups: BindGroups;
  readonly #staging: Staging;
  /** Buffers that recorded commands use, which the queue does not have yet. */
  readonly #recorded = new Set<GPUBuffer>();
  /** Submissions, and how many of them are known to be done. */
  #submitted = 0;
  #done = 0;

  constructor(backend: WebGPUBackend, largestBinding = Infinity) {
    this.#backend = internalsOf(backend);
    this.device = backend.device;
    this.#groups = new BindGroups(this.device);
    this.#staging = new Staging(this.device);
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
    this.#groups.clear();
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

  /** Writes after everything recorded so far that uses the buffer. */
  write(buffer: GPUBuffer, data: ArrayBufferView<ArrayBuffer>, offset = 0): void {
    if (this.#recorded.has(buffer)) this.flush();
    this.device.queue.writeBuffer(buffer, offset, data);
  }

  /** The values of a new tensor. */
  upload(values: Float32Array, shape: [number, number]): tf.Tensor2D {
    const tensor = this.tensor<tf.Rank.R2>(shape);
    this.flush(); // the pool may give a buffer that recorded commands of tfjs use
    this.device.queue.writeBuffer(this.#bufferOf(tensor), 0, new Float32Array(values));
    return tensor;
  }

  /**
   * From here on the pool gives free buffers in one set order. Whatever then takes the same sizes in the same order gets the same buffers,
   * and with them the same bind groups.
   */
  settlePool(): void {
    for (const list of this.#backend.bufferManager.freeBuffers.values())
      list.sort((a, b) => this.#groups.numberOf(b) - this.#groups.numberOf(a));
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
    const entries: BoundEntry[] = [];
    bindings.forEach((binding, index) => {
      if (binding === null) return;
      const resource = this.#resource(binding);
      this.#recorded.add(resource.buffer);
      entries.push({ binding: index, resource });
    });
    const group = this.#groups.group(pipeline, entries);
    const pass = this.#pass(source.entry);
    pass.setPipeline(pipeline);
    pass.setBindGroup(0, group);
    pass.dispatchWorkgroups(...(workgroups as [number]));
    this.#backend.dispatchCountInPass++;
    if (this.profiler !== null) this.#backend.endComputePassEncoder();
    const idle = this.#done === this.#submitted;
    if (this.#backend.dispatchCountInPass >= (idle ? FIRST : MOST)) this.flush();
  }

  /** Copies between buffers, in order with the dispatches. */
  copy(from: Tensor | GPUBuffer, fromOffset: number, to: Tensor | GPUBuffer, toOffset: number, size: number): void {
    const [source, target] = [from, to].map((end) => (end instanceof tf.Tensor ? this.#bufferOf(end) : end)) as [
      GPUBuffer,
      GPUBuffer,
    ];
    this.#recorded.add(source).add(target);
    this.#encoderBetweenPasses().copyBufferToBuffer(source, fromOffset, target, toOffset, size);
  }

  clear(buffer: GPUBuffer): void {
    this.#recorded.add(buffer);
    this.#encoderBetweenPasses().clearBuffer(buffer);
  }

  /** Hands everything recorded to the queue. */
  flush(): void {
    this.#recorded.clear();
    if (this.#backend.commandEncoder === null) return;
    this.#backend.endComputePassEncoder();
    this.#backend.submitQueue();
    this.#submitted++;
  }

  /** Copies of whole buffers as they are now, in one transfer. What is recorded later does not wait for it. */
  async read(sources: readonly (Tensor | GPUBuffer)[]): Promise<Float32Array[]> {
    const parts = sources.map((source) =>
      source instanceof tf.Tensor
        ? { buffer: this.#bufferOf(source), size: 4 * source.size }
        : { buffer: source, size: source.size },
    );
    const staging = this.#staging.take(parts.reduce((sum, { size }) => sum + size, 0));
    let offset = 0;
    for (const { buffer, size } of parts) {
      this.copy(buffer, 0, staging, offset, size);
      offset += size;
    }
    this.flush();
    const submission = this.#submitted;
    await staging.mapAsync(GPUMapMode.READ);
    this.#done = Math.max(this.#done, submission);
    const values = new Float32Array(staging.getMappedRange().slice(0));
    staging.unmap();
    this.#staging.giveBack(staging);
    return cut(
      values,
      parts.map(({ size }) => size / 4),
    );
  }

  /** Resolves when the device has done all that was recorded. */
  async finish(): Promise<void> {
    this.flush();
    const submission = this.#submitted;
    await this.device.queue.onSubmittedWorkDone();
    this.#done = Math.max(this.#done, submission);
  }

  /** Gives back what pools hold: the device needs it, and buffers that it had no memory for are no good to anyone. */
  freeUnused(): void {
    const pool = this.#backend.bufferManager;
    for (const list of pool.freeBuffers.values())
      for (const buffer of list.splice(0)) {
        pool.numFreeBuffers--;
        pool.numBytesAllocated -= buffer.size;
        buffer.destroy();
      }
    for (const buffer of [...[...this.#free.values()].flat(), ...this.#uniforms.values()]) this.destroy(buffer);
    this.#free.clear();
    this.#uniforms.clear();
    this.#groups.clear();
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

  #resource(binding: Binding): BoundEntry["resource"] {
    if (binding instanceof tf.Tensor) return { buffer: this.#bufferOf(binding) };
    return "buffer" in binding ? binding : { buffer: binding };
  }

  #bufferOf(tensor: Tensor): GPUBuffer {
    this.#backend.uploadToGPU(tensor.dataId);
    return this.#backend.tensorMap.get(tensor.dataId).resource as GPUBuffer;
  }
}
