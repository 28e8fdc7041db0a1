/** What is asked of a WebGPU device while something runs, counted at the device itself, so that tfjs' own calls count too. */
import * as tf from "@tensorflow/tfjs-core";

interface DeviceCounts {
  /** Sizes of the buffers that were made, and of those that were mapped for reading. */
  created: number[];
  read: number[];
  bindGroups: number;
  pipelines: number;
  encoders: number;
  submits: number;
  dispatches: number;
}

/** Counts from now on; `stop` ends it and tells. */
export const countDevice = (): { counts: DeviceCounts; stop: () => DeviceCounts } => {
  const { device } = tf.backend() as unknown as { device: GPUDevice };
  const counts: DeviceCounts = {
    created: [],
    read: [],
    bindGroups: 0,
    pipelines: 0,
    encoders: 0,
    submits: 0,
    dispatches: 0,
  };
  const undo: (() => void)[] = [];
  const watch = <T extends object, K extends keyof T>(target: T, name: K, wrap: (real: T[K]) => T[K]): void => {
    const own = Object.getOwnPropertyDescriptor(target, name);
    const real = target[name];
    Object.defineProperty(target, name, { value: wrap(real), configurable: true, writable: true });
    undo.push(() => (own ? Object.defineProperty(target, name, own) : delete target[name]));
  };
  watch(device, "createBuffer", (real) => (descriptor) => {
    counts.created.push(descriptor.size);
    return real.call(device, descriptor);
  });
  watch(GPUBuffer.prototype, "mapAsync", (real) => {
    return function (this: GPUBuffer, ...args) {
      counts.read.push(this.size);
      return real.apply(this, args);
    };
  });
  watch(device, "createBindGroup", (real) => (descriptor) => {
    counts.bindGroups++;
    return real.call(device, descriptor);
  });
  watch(device, "createComputePipeline", (real) => (descriptor) => {
    counts.pipelines++;
    return real.call(device, descriptor);
  });
  watch(device, "createCommandEncoder", (real) => (descriptor) => {
    counts.encoders++;
    return real.call(device, descriptor);
  });
  watch(GPUComputePassEncoder.prototype, "dispatchWorkgroups", (real) => {
    return function (this: GPUComputePassEncoder, ...args) {
      counts.dispatches++;
      return real.apply(this, args);
    };
  });
  const { queue } = device;
  watch(queue, "submit", (real) => (buffers) => {
    counts.submits++;
    return real.call(queue, buffers);
  });
  return {
    counts,
    stop: () => {
      undo.forEach((put) => put());
      return counts;
    },
  };
};
