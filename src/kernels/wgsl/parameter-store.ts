import { present } from "../../domain/present.ts";
import { FlatLayout } from "../flat-layout.ts";
import type { Gpu } from "../runtime/gpu.ts";
import type { ParameterStore } from "../types.ts";

type Extra = "scratch" | "settings";
type Part = "values" | "gradients" | "moment1" | "moment2";
const PARTS: readonly Part[] = ["values", "gradients", "moment1", "moment2"];

/** Elements between the places where a binding may begin (256 bytes). The gaps stay zero through every step. */
const ALIGNMENT = 64;

/** Four flat buffers on the GPU. */
export class GpuParameterStore implements ParameterStore {
  readonly names: readonly string[];
  readonly size: number;
  /** Elements of each buffer, gaps included. */
  readonly flatSize: number;
  readonly #layout: FlatLayout;
  readonly #buffers: Record<Part | Extra, GPUBuffer>;

  constructor(
    private readonly gpu: Gpu,
    shapes: readonly { name: string; shape: [number, number] }[],
  ) {
    this.#layout = new FlatLayout(shapes, ALIGNMENT);
    this.names = this.#layout.names;
    this.flatSize = this.#layout.size;
    this.size = shapes.reduce((sum, { shape }) => sum + shape[0] * shape[1], 0);
    const make = (part: string, elements: number) => {
      const buffer = gpu.buffer(4 * elements, part);
      gpu.clear(buffer);
      return buffer;
    };
    const [values, gradients, moment1, moment2] = PARTS.map((part) => make(part, this.flatSize)) as [
      GPUBuffer,
      GPUBuffer,
      GPUBuffer,
      GPUBuffer,
    ];
    this.#buffers = {
      values,
      gradients,
      moment1,
      moment2,
      scratch: make("norm", this.partials + 64 + 4), // see adamw.wgsl
      settings: gpu.buffer(64, "settings"),
    };
  }

  /** Sums of the first level of the norm's tree. */
  get partials(): number {
    return Math.min(16384, Math.max(64, Math.ceil(this.flatSize / 256)));
  }

  buffer(part: Part | Extra): GPUBuffer {
    return this.#buffers[part];
  }

  shape(name: string): [number, number] {
    return this.#layout.at(name).shape;
  }

  /** The binding of one parameter. */
  slice(part: Part, name: string): GPUBufferBinding {
    const { offset, shape } = this.#layout.at(name);
    return { buffer: this.#buffers[part], offset: 4 * offset, size: 4 * shape[0] * shape[1] };
  }

  write(values: ReadonlyMap<string, Float32Array>): void {
    this.#writePart("values", values);
  }

  writeMoments(moment1: ReadonlyMap<string, Float32Array>, moment2: ReadonlyMap<string, Float32Array>): void {
    this.#writePart("moment1", moment1);
    this.#writePart("moment2", moment2);
  }

  async read(what: Part): Promise<Map<string, Float32Array>> {
    const [values] = await this.gpu.read([this.#buffers[what]]);
    return this.#layout.split(present(values, "copy"));
  }

  clearGradients(): void {
    this.gpu.clear(this.#buffers.gradients);
    this.gpu.clear(this.#buffers.scratch);
  }

  dispose(): void {
    Object.values(this.#buffers).forEach((buffer) => this.gpu.destroy(buffer));
  }

  #writePart(part: Part, values: ReadonlyMap<string, Float32Array>): void {
    this.#layout.checkNames(values);
    for (const [name, given] of values)
      this.gpu.write(
        this.#buffers[part],
        new Float32Array(this.#layout.checked(name, given)),
        4 * this.#layout.at(name).offset,
      );
  }
}
