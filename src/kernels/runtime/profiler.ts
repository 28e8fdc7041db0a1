import { at } from "../../domain/present.ts";
/** Milliseconds on the GPU per entry point, and how often each ran. */
export type Profile = Map<string, { ms: number; runs: number }>;

/** Timed dispatches of one query set, which may hold two timestamps each up to WebGPU's limit of 4096. */
const CAPACITY = 2048;

interface TimedSet {
  queries: GPUQuerySet;
  resolved: GPUBuffer;
}

/**
 * Timestamps around each dispatch. Slows the run a little (a pass each), so it is on only while something is measured.
 * Needs the device feature `timestamp-query`.
 */
export class Profiler {
  readonly #sets: TimedSet[] = [];
  readonly #names: string[] = [];

  constructor(private readonly device: GPUDevice) {}

  /** The descriptor of the pass for one dispatch. */
  pass(name: string, _encoder: GPUCommandEncoder): GPUComputePassDescriptor {
    const index = this.#names.length;
    this.#names.push(name);
    const within = index % CAPACITY;
    const { queries } = this.#set((index - within) / CAPACITY);
    return {
      timestampWrites: {
        querySet: queries,
        beginningOfPassWriteIndex: 2 * within,
        endOfPassWriteIndex: 2 * within + 1,
      },
    };
  }

  /** What ran since the last report. All recorded work must have been submitted. */
  async report(): Promise<Profile> {
    const names = this.#names.splice(0);
    const profile: Profile = new Map();
    for (let first = 0; first < names.length; first += CAPACITY) {
      const part = names.slice(first, first + CAPACITY);
      const times = await this.#read(this.#set(first / CAPACITY), part.length);
      part.forEach((name, i) => {
        const entry = profile.get(name) ?? { ms: 0, runs: 0 };
        entry.ms += Number(at(times, 2 * i + 1) - at(times, 2 * i)) / 1e6;
        entry.runs++;
        profile.set(name, entry);
      });
    }
    return profile;
  }

  dispose(): void {
    for (const { queries, resolved } of this.#sets) {
      queries.destroy();
      resolved.destroy();
    }
  }

  #set(number: number): TimedSet {
    this.#sets[number] ??= {
      queries: this.device.createQuerySet({ type: "timestamp", count: 2 * CAPACITY }),
      resolved: this.device.createBuffer({
        size: 16 * CAPACITY,
        usage: GPUBufferUsage.QUERY_RESOLVE | GPUBufferUsage.COPY_SRC,
      }),
    };
    return at(this.#sets, number);
  }

  async #read({ queries, resolved }: TimedSet, runs: number): Promise<BigUint64Array> {
    const staging = this.device.createBuffer({
      size: 16 * runs,
      usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST,
    });
    const encoder = this.device.createCommandEncoder();
    encoder.resolveQuerySet(queries, 0, 2 * runs, resolved, 0);
    encoder.copyBufferToBuffer(resolved, 0, staging, 0, staging.size);
    this.device.queue.submit([encoder.finish()]);
    await staging.mapAsync(GPUMapMode.READ);
    const times = new BigUint64Array(staging.getMappedRange().slice(0));
    staging.destroy();
    return times;
  }
}
