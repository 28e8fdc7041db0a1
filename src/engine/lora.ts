import type { Kernels, LoraRef, ParameterStore } from "../kernels/types.ts";
import { StudioError } from "../domain/errors.ts";
import {
  PROJECTIONS,
  projectionPath,
  projectionShape,
  type ModelConfig,
  type Projection,
} from "../domain/modelConfig.ts";
import { randomStream } from "./random.ts";

/** What the forward and backward pass see of an adapter. */
export interface AdapterView {
  /** Null where the projection is not adapted. */
  lora(layer: number, projection: Projection): LoraRef | null;
}

/** PEFT's tensor name for A or B of a projection of a bare `Qwen3Model`. */
export const peftName = (layer: number, projection: Projection, factor: "A" | "B"): string =>
  `base_model.model.layers.${layer}.${projectionPath(projection)}.lora_${factor}.weight`;

/** LoRA (Hu et al. 2021): every adapted W becomes W + alpha/rank · B·A, with A `[rank, in]` and B `[out, rank]`. */
export class LoraAdapter implements AdapterView {
  readonly store: ParameterStore;
  readonly scaling: number;
  private readonly names: Set<string>;

  private constructor(
    kernels: Kernels,
    readonly config: ModelConfig,
    readonly rank: number,
    readonly alpha: number,
    readonly targets: readonly Projection[],
  ) {
    this.scaling = alpha / rank;
    const shapes = loraShapes(config, rank, targets);
    this.names = new Set(shapes.map(({ name }) => name));
    this.store = kernels.parameterStore(shapes);
  }

  /** A fresh adapter as PEFT initialises it: A kaiming-uniform(√5), that is uniform in ±1/√in, and B zero. */
  static create(
    kernels: Kernels,
    config: ModelConfig,
    options: { rank: number; alpha: number; seed: number },
  ): LoraAdapter {
    const adapter = new LoraAdapter(kernels, config, options.rank, options.alpha, PROJECTIONS);
    adapter.store.write(initialValues(config, options.rank, options.seed));
    return adapter;
  }

  /**
   * An adapter from PEFT tensors; `tensors` are named as `peftName` names them.
   *
   * @throws StudioError `adapter-mismatch` naming the first tensor that is missing, unknown or of another shape
   */
  static from(
    kernels: Kernels,
    config: ModelConfig,
    options: { rank: number; alpha: number },
    tensors: ReadonlyMap<string, Float32Array>,
  ): LoraAdapter {
    const targets = PROJECTIONS.filter((projection) => tensors.has(peftName(0, projection, "A")));
    const shapes = loraShapes(config, options.rank, targets);
    const known = new Set(shapes.map(({ name }) => name));
    const unknown = [...tensors.keys()].find((name) => !known.has(name));
    if (unknown !== undefined) throw mismatch(`has a tensor that this base has no place for: ${unknown}`);
    if (shapes.length === 0) throw mismatch("has no LoRA tensors for the layers of this base");
    for (const { name, shape } of shapes) {
      const values = tensors.get(name);
      if (!values) throw mismatch(`has no tensor ${name}`);
      if (values.length !== shape[0] * shape[1]) throw mismatch(`should have shape [${shape.join(", ")}] in ${name}`);
    }
    const adapter = new LoraAdapter(kernels, config, options.rank, options.alpha, targets);
    adapter.store.write(tensors);
    return adapter;
  }

  lora(layer: number, projection: Projection): LoraRef | null {
    return this.reference(layer, projection, this.scaling);
  }

  /** The same adapter at a share of its effect: 0 is the base, 1 the tuned model. */
  atStrength(strength: number): AdapterView {
    return { lora: (layer, projection) => this.reference(layer, projection, this.scaling * strength) };
  }

  /** Copies A and B to the CPU, by PEFT name. */
  async read(): Promise<Map<string, Float32Array>> {
    return this.store.read("values");
  }

  dispose(): void {
    this.store.dispose();
  }

  private reference(layer: number, projection: Projection, scaling: number): LoraRef | null {
    const a = peftName(layer, projection, "A");
    return this.names.has(a) ? { store: this.store, a, b: peftName(layer, projection, "B"), scaling } : null;
  }
}

/** Names and shapes of all LoRA tensors, layer by layer, A before B. */
export const loraShapes = (
  config: ModelConfig,
  rank: number,
  targets: readonly Projection[] = PROJECTIONS,
): { name: string; shape: [number, number] }[] =>
  Array.from({ length: config.layers }, (_, layer) =>
    targets.flatMap((projection) => {
      const [out, input] = projectionShape(config, projection);
      return [
        { name: peftName(layer, projection, "A"), shape: [rank, input] as [number, number] },
        { name: peftName(layer, projection, "B"), shape: [out, rank] as [number, number] },
      ];
    }),
  ).flat();

const initialValues = (config: ModelConfig, rank: number, seed: number): Map<string, Float32Array> => {
  const random = randomStream(seed);
  return new Map(
    loraShapes(config, rank).map(({ name, shape: [rows, cols] }) => {
      const values = new Float32Array(rows * cols);
      if (name.endsWith("lora_A.weight")) {
        const bound = 1 / Math.sqrt(cols);
        for (let i = 0; i < values.length; i++) values[i] = (2 * random() - 1) * bound;
      }
      return [name, values];
    }),
  );
};

const mismatch = (what: string): StudioError =>
  new StudioError(
    "adapter-mismatch",
    `The adapter does not fit the base model: it ${what}.`,
    "Choose the base model that the adapter was trained on.",
  );
