/** Larger copies are rare (a whole adapter), and their buffer is not worth keeping. */
const LARGEST_KEPT = 2 ** 20;

/** Buffers that carry values to the CPU, by size. */
export class Staging {
  readonly #free = new Map<number, GPUBuffer[]>();

  constructor(private readonly device: GPUDevice) {}

  take(size: number): GPUBuffer {
    return (
      this.#free.get(size)?.pop() ??
      this.device.createBuffer({ size, usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST, label: "staging" })
    );
  }

  giveBack(buffer: GPUBuffer): void {
    if (buffer.size > LARGEST_KEPT) return buffer.destroy();
    const list = this.#free.get(buffer.size) ?? [];
    this.#free.set(buffer.size, list);
    list.push(buffer);
  }
}

/** Consecutive parts of these lengths. */
export const cut = (values: Float32Array, lengths: readonly number[]): Float32Array[] => {
  let start = 0;
  return lengths.map((length) => values.subarray(start, (start += length)));
};
