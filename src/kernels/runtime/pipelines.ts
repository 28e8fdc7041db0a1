import type { ShaderFile } from "./shaders.ts";
import { unroll } from "./unroll.ts";

/** What makes a pipeline: the joined files, the sizes of their unrolled blocks, an entry point and its constants. */
export interface PipelineSource {
  /** Files joined in this order. */
  shader: readonly ShaderFile[];
  /** Sizes of unrolled blocks; see unroll.ts. */
  sizes?: Record<string, number>;
  entry: string;
  /** Values of the shader's `override` constants. */
  constants?: Record<string, number>;
}

interface Compiled {
  modules: Map<string, GPUShaderModule>;
  pipelines: Map<string, GPUComputePipeline>;
}
/** What was compiled outlives a session, as its device does. */
const compiled = new WeakMap<GPUDevice, Compiled>();
const compiledFor = (device: GPUDevice): Compiled => {
  const own = compiled.get(device) ?? { modules: new Map(), pipelines: new Map() };
  compiled.set(device, own);
  return own;
};

/** The pipeline, compiled once a device. */
export const pipelineOf = (
  device: GPUDevice,
  { shader, sizes = {}, entry, constants = {} }: PipelineSource,
): GPUComputePipeline => {
  const { modules, pipelines } = compiledFor(device);
  const name = `${shader.map((file) => file.url.pathname).join()}${JSON.stringify(sizes)}`;
  const key = `${name}#${entry}#${JSON.stringify(constants)}`;
  const known = pipelines.get(key);
  if (known) return known;
  const code = () => unroll(shader.map((file) => file.text).join("\n"), sizes);
  const module = modules.get(name) ?? device.createShaderModule({ code: code(), label: name });
  modules.set(name, module);
  const pipeline = device.createComputePipeline({
    layout: "auto",
    compute: { module, entryPoint: entry, constants },
    label: key,
  });
  pipelines.set(key, pipeline);
  return pipeline;
};
