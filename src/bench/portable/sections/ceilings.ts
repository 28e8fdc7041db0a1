/** What the device can do at best, by kernels that do nothing else. */
import { nodeGpu } from "../../../kernels/runtime/node-gpu.ts";
import { requestDevice } from "../../../kernels/runtime/device.ts";

export interface CeilingResult {
  value: number;
  unit: "TFLOP/s" | "GB/s" | "µs";
  how: string;
}

/** Long enough that starting the work does not count. */
const TARGET_SECONDS = 0.15;
const SHORTEST_ROUND = 0.03;
const LANES = 256;

/** Independent multiply-adds of eight vec4 a lane; the factors come from a buffer, so that nothing is known at compile time. */
const arithmetic = (type: "f32" | "f16"): string => {
  const sums = Array.from({ length: 8 }, (_, i) => i);
  return `${type === "f16" ? "enable f16;" : ""}
@group(0) @binding(0) var<storage, read_write> out: array<f32>;
@group(0) @binding(1) var<uniform> settings: vec4f; // factor, addend, rounds
@compute @workgroup_size(${LANES}) fn main(@builtin(global_invocation_id) id: vec3u) {
  let a = vec4<${type}>(${type}(settings.x));
  let b = vec4<${type}>(${type}(settings.y));
  ${sums.map((i) => `var s${i} = vec4<${type}>(${type}(f32(id.x % 64u) / 64.0 + ${i}.0));`).join("\n  ")}
  for (var i = 0u; i < u32(settings.z); i++) {
    ${Array.from({ length: 4 }, () => sums.map((i) => `s${i} = fma(s${i}, a, b);`).join(" ")).join("\n    ")}
  }
  let s = ${sums.map((i) => `s${i}`).join(" + ")};
  out[id.x % 65536u] = f32(s.x + s.y + s.z + s.w);
}`;
};
const FLOPS_A_ROUND = 4 * 8 * 4 * 2;

const COPY = `
@group(0) @binding(0) var<storage, read_write> to: array<vec4f>;
@group(0) @binding(1) var<storage, read> source: array<vec4f>;
@compute @workgroup_size(${LANES}) fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  for (var i = id.x; i < arrayLength(&to); i += groups.x * ${LANES}u) { to[i] = source[i]; }
}`;

const pipelineOf = (device: GPUDevice, code: string): GPUComputePipeline =>
  device.createComputePipeline({ layout: "auto", compute: { module: device.createShaderModule({ code }) } });

/** Seconds of one dispatch, out of as many as take a while. */
const secondsOf = async (device: GPUDevice, pipeline: GPUComputePipeline, buffers: GPUBuffer[], groups: number) => {
  const group = device.createBindGroup({
    layout: pipeline.getBindGroupLayout(0),
    entries: buffers.map((buffer, binding) => ({ binding, resource: { buffer } })),
  });
  const run = async (times: number): Promise<number> => {
    const started = performance.now();
    const encoder = device.createCommandEncoder();
    const pass = encoder.beginComputePass();
    pass.setPipeline(pipeline);
    pass.setBindGroup(0, group);
    for (let i = 0; i < times; i++) pass.dispatchWorkgroups(groups);
    pass.end();
    device.queue.submit([encoder.finish()]);
    await device.queue.onSubmittedWorkDone();
    return (performance.now() - started) / 1000;
  };
  await run(1);
  let times = 1;
  let seconds = await run(times);
  while (seconds < SHORTEST_ROUND && times < 2 ** 16) seconds = await run((times *= 4));
  times = Math.max(1, Math.ceil((times * TARGET_SECONDS) / seconds));
  const measured = [await run(times), await run(times), await run(times)];
  return Math.min(...measured) / times;
};

const compute = async (device: GPUDevice, type: "f32" | "f16", small: boolean): Promise<CeilingResult> => {
  const [groups, rounds] = small ? [64, 64] : [8192, 256];
  const out = device.createBuffer({ size: 4 * 65536, usage: GPUBufferUsage.STORAGE });
  const settings = device.createBuffer({ size: 16, usage: GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST });
  device.queue.writeBuffer(settings, 0, new Float32Array([0.5, 0.25, rounds, 0]));
  const seconds = await secondsOf(device, pipelineOf(device, arithmetic(type)), [out, settings], groups);
  return {
    value: (groups * LANES * rounds * FLOPS_A_ROUND) / seconds / 1e12,
    unit: "TFLOP/s",
    how: `fma on vec4<${type}>, eight sums a lane, ${groups} workgroups of ${LANES}`,
  };
};

const bandwidth = async (device: GPUDevice, small: boolean): Promise<CeilingResult> => {
  const size = small ? 2 ** 24 : 2 ** 29;
  const buffers = [1, 2].map(() =>
    device.createBuffer({ size, usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_DST }),
  );
  const noise = Float32Array.from({ length: 2 ** 20 }, (_, i) => Math.sin(i));
  for (let at = 0; at < size; at += noise.byteLength) device.queue.writeBuffer(buffers[1] as GPUBuffer, at, noise);
  const seconds = await secondsOf(device, pipelineOf(device, COPY), buffers, small ? 64 : 8192);
  return {
    value: (2 * size) / seconds / 1e9,
    unit: "GB/s",
    how: `copy of ${size / 2 ** 20} MiB, read and written counted`,
  };
};

/** One dispatch of a single workgroup after another. */
const dispatch = async (device: GPUDevice): Promise<CeilingResult> => {
  const out = device.createBuffer({ size: 4 * 65536, usage: GPUBufferUsage.STORAGE });
  const settings = device.createBuffer({ size: 16, usage: GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST });
  const seconds = await secondsOf(device, pipelineOf(device, arithmetic("f32")), [out, settings], 1);
  return { value: seconds * 1e6, unit: "µs", how: "one empty dispatch that waits for the one before" };
};

/** One ceiling by its name; null where the device lacks the feature. */
export const measureCeiling = async (name: string, small: boolean): Promise<CeilingResult | null> => {
  await nodeGpu();
  const { device, failure } = await requestDevice();
  try {
    if (name === "f16" && !device.features.has("shader-f16")) return null;
    const result =
      name === "bandwidth"
        ? await bandwidth(device, small)
        : name === "dispatch"
          ? await dispatch(device)
          : await compute(device, name as "f32" | "f16", small);
    const fault = failure();
    if (fault !== null) throw fault;
    return result;
  } finally {
    device.destroy();
  }
};
