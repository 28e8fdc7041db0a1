/** Bind groups kept for the next dispatch with the same pipeline and buffers: a step that repeats the one before makes none. */

/** More than the largest base's step has in all forms of its chunks; beyond it all are made anew. */
const MOST = 16_384;

export interface BoundEntry {
  binding: number;
  resource: { buffer: GPUBuffer; offset?: number; size?: number };
}

export class BindGroups {
  readonly #numbers = new WeakMap<object, number>();
  #next = 0;
  #known = new Map<string, GPUBindGroup>();

  constructor(private readonly device: GPUDevice) {}

  /** Group 0 of the pipeline with these entries. */
  group(pipeline: GPUComputePipeline, entries: BoundEntry[]): GPUBindGroup {
    let key = String(this.numberOf(pipeline));
    for (const { binding, resource } of entries)
      key += `;${binding},${this.numberOf(resource.buffer)},${resource.offset ?? ""},${resource.size ?? ""}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    if (this.#known.size >= MOST) this.clear();
    const group = this.device.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries });
    this.#known.set(key, group);
    return group;
  }

  /** After buffers were destroyed. */
  clear(): void {
    this.#known = new Map();
  }

  /** The same number for the same object, rising in the order of first sight. */
  numberOf(thing: object): number {
    let number = this.#numbers.get(thing);
    if (number === undefined) this.#numbers.set(thing, (number = this.#next++));
    return number;
  }
}
