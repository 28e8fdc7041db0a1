import { adapterShapes, peftName, type Adapter, type LoraSettings } from "../../domain/artifact/index.ts";
import { PROJECTIONS, type ModelConfig, type Projection } from "../../domain/modelConfig.ts";
import { uniform } from "../../domain/random.ts";
import type { Kernels, LoraRef, ParameterStore } from "../../kernels/types.ts";

/** What the forward and backward pass see of an adapter. */
export interface AdapterView {
  /** Null where the projection is not adapted. */
  lora(layer: number, projection: Projection): LoraRef | null;
}

/** LoRA (Hu et al. 2021) on the device: every adapted W becomes W + scaling · B·A, with A `[rank, in]` and B `[out, rank]`. */
export class LoraAdapter implements AdapterView {
  readonly store: ParameterStore;
  private readonly names: Set<string>;

  private constructor(
    kernels: Kernels,
    config: ModelConfig,
    readonly settings: LoraSettings,
  ) {
    const shapes = adapterShapes(config, settings);
    this.names = new Set(shapes.keys());
    this.store = kernels.parameterStore([...shapes].map(([name, shape]) => ({ name, shape })));
  }

  /** A fresh adapter as PEFT initializes it: A kaiming-uniform(√5), that is uniform in ±1/√in, and B zero. */
  static create(
    kernels: Kernels,
    config: ModelConfig,
    { rank, alpha, seed }: { rank: number; alpha: number; seed: number },
  ): LoraAdapter {
    const adapter = new LoraAdapter(kernels, config, {
      rank,
      alpha,
      targets: PROJECTIONS,
      rankStabilized: false,
      scaling: alpha / rank,
    });
    adapter.store.write(initialValues(config, rank, seed));
    return adapter;
  }

  /** An adapter as the artifact reader gives it, which has checked names and shapes against the base. */
  static from(kernels: Kernels, config: ModelConfig, { tensors, ...settings }: Adapter): LoraAdapter {
    const adapter = new LoraAdapter(kernels, config, settings);
    adapter.store.write(tensors);
    return adapter;
  }

  lora(layer: number, projection: Projection): LoraRef | null {
    return this.reference(layer, projection, this.settings.scaling);
  }

  /** The same adapter at a share of its effect: 0 is the base, 1 the tuned model. */
  atStrength(strength: number): AdapterView {
    return { lora: (layer, projection) => this.reference(layer, projection, this.settings.scaling * strength) };
  }

  /** Copies A and B to the CPU. */
  async read(): Promise<Adapter> {
    return { ...this.settings, tensors: await this.store.read("values") };
  }

  dispose(): void {
    this.store.dispose();
  }

  private reference(layer: number, projection: Projection, scaling: number): LoraRef | null {
    const a = peftName(layer, projection, "A");
    return this.names.has(a) ? { store: this.store, a, b: peftName(layer, projection, "B"), scaling } : null;
  }
}

/** A drawn from the seed, B zero: the tensors that {@link LoraAdapter.create} starts with. */
export const initialValues = (config: ModelConfig, rank: number, seed: number): Map<string, Float32Array> => {
  const random = uniform(seed);
  const shapes = adapterShapes(config, { rank, targets: PROJECTIONS });
  return new Map(
    [...shapes].map(([name, [rows, cols]]) => {
      const values = new Float32Array(rows * cols);
      if (name.endsWith("lora_A.weight")) {
        const bound = 1 / Math.sqrt(cols);
        for (let i = 0; i < values.length; i++) values[i] = (2 * random() - 1) * bound;
      }
      return [name, values];
    }),
  );
};
