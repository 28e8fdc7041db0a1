import { at } from "../../domain/present.ts";
/** Milliseconds on the GPU per entry point, and how often each ran. */
export type Profile = Map<string, { ms: number; runs: number }>;

/** Timed dispatches between two reports. */
const CAPACITY = 2048;

/**
 * Timestamps around each dispatch. Slows the run a little (a pass each), so it is on only while something is measured.
 * Needs the device feature `timestamp-query`.
 */
export class Profiler {
  readonly #set: GPUQuerySet;
  readonly #resolved: GPUBuffer;
  readonly #names: string[] = [];

  constructor(private readonly device: GPUDevice) {
    this.#set = device.createQuerySet({ type: "timestamp", count: 2 * CAPACITY });
    this.#resolved = device.createBuffer({
      size: 16 * CAPACITY,
      usage: GPUBufferUsage.QUERY_RESOLVE | GPUBufferUsage.COPY_SRC,
    });
  }

  /** The descriptor of the pass for one dispatch; untimed when the capacity is used up. */
  pass(name: string, _encoder: GPUCommandEncoder): GPUComputePassDescriptor {
    const index = this.#names.length;
    if (index >= CAPACITY) return {};
    this.#names.push(name);
    return {
      timestampWrites: {
        querySet: this.#set,
        beginningOfPassWriteIndex: 2 * index,
        endOfPassWriteIndex: 2 * index + 1,
      },
    };
  }

  /** What ran since the last report. All recorded work must have been submitted. */
  async report(): Promise<Profile> {
    const names = this.#names.splice(0);
    const profile: Profile = new Map();
    if (names.length === 0) return profile;
    const staging = this.device.createBuffer({
      size: 16 * names.length,
      usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST,
    });
    const encoder = this.device.createCommandEncoder();
    encoder.resolveQuerySet(this.#set, 0, 2 * names.length, this.#resolved, 0);
    encoder.copyBufferToBuffer(this.#resolved, 0, staging, 0, staging.size);
    this.device.queue.submit([encoder.finish()]);
    await staging.mapAsync(GPUMapMode.READ);
    const times = new BigUint64Array(staging.getMappedRange());
    names.forEach((name, i) => {
      const entry = profile.get(name) ?? { ms: 0, runs: 0 };
      entry.ms += Number(at(times, 2 * i + 1) - at(times, 2 * i)) / 1e6;
      entry.runs++;
      profile.set(name, entry);
    });
    staging.destroy();
    return profile;
  }

  dispose(): void {
    this.#set.destroy();
    this.#resolved.destroy();
  }
}
