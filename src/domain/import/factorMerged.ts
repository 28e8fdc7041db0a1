import { adapterShapes, peftName, type Adapter } from "../artifact/index.ts";
import { StudioError } from "../errors.ts";
import { modelTensors, PROJECTIONS, projectionPath, type ModelConfig, type Projection } from "../modelConfig.ts";
import { toFloat32, type Checkpoint, type DType } from "../safetensors/index.ts";
import { factor, type Factors, type Matrix } from "./lowRank.ts";

/** A complete model as an adapter of its base. */
export interface FactoredModel {
  adapter: Adapter;
  /** Share of the change of the weights that the adapter leaves out: ‖D − B·A‖ / ‖D‖ over all projections. */
  error: number;
}

/** Half of the last place of a number of the type, relative to it: what rounding may change. */
const ROUNDING: Partial<Record<DType, number>> = { F32: 2 ** -24, BF16: 2 ** -9, F16: 2 ** -12 };
/** Elements compared at a time. */
const BLOCK = 4 * 1024 * 1024;

const ownBase = (what: string, why: string): StudioError =>
  new StudioError(
    "merged-not-lora",
    `The complete model ${what}: ${why}.`,
    "Serve it as a base of its own: put its folder into models/base/ and name it with EMBEDDING_MODEL. Or import the adapter that it was merged from.",
  );

/**
 * The difference of a complete model to its base as LoRA on the projections. A merged LoRA comes back with its rank; of any
 * other change the largest directions are kept, and what is lost is said.
 * @param most largest rank
 * @param onProjection told after each of the layers · 7 projections
 * @throws StudioError `merged-not-lora` when something other than projections was changed, `merged-unchanged`
 */
export const factorMerged = async (
  merged: Checkpoint,
  base: Checkpoint,
  config: ModelConfig,
  most: number,
  onProjection: (done: number, total: number) => void = () => undefined,
): Promise<FactoredModel> => {
  await mustShareTheRest(merged, base, config);
  const found: { layer: number; projection: Projection; factors: Factors; shape: Matrix }[] = [];
  let [left, whole, done] = [0, 0, 0];
  for (let layer = 0; layer < config.layers; layer++)
    for (const projection of PROJECTIONS) {
      const name = `layers.${layer}.${projectionPath(projection)}.weight`;
      const change = await difference(merged, base, name, config);
      const norm = square(change.matrix.data);
      if (norm > 0) {
        const factors = withoutRounding(factor(change.matrix, most), change);
        const kept = square(factors.a);
        // B's columns are orthonormal, so what is left of the square is the square of what is left.
        left += Math.max(0, norm - kept);
        whole += norm;
        if (factors.singular.length > 0) found.push({ layer, projection, factors, shape: change.matrix });
      }
      onProjection(++done, config.layers * PROJECTIONS.length);
    }
  if (found.length === 0)
    throw new StudioError(
      "merged-unchanged",
      "The complete model has the weights of its base: there is nothing to import.",
      "Check that the folder is the tuned model and --base the model that it was tuned from.",
    );
  const rank = Math.max(...found.map(({ factors }) => factors.singular.length));
  const targets = PROJECTIONS.filter((projection) => found.some((one) => one.projection === projection));
  const tensors = new Map<string, Float32Array>(
    [...adapterShapes(config, { rank, targets })].map(([name, [rows, columns]]) => [
      name,
      new Float32Array(rows * columns),
    ]),
  );
  for (const { layer, projection, factors, shape } of found) {
    tensors.get(peftName(layer, projection, "A"))?.set(factors.a);
    const b = tensors.get(peftName(layer, projection, "B"));
    const own = factors.singular.length;
    for (let i = 0; i < shape.rows; i++) for (let r = 0; r < own; r++) if (b) b[i * rank + r] = factors.b[i * own + r]!;
  }
  return {
    adapter: { rank, alpha: rank, targets, rankStabilized: false, scaling: 1, tensors },
    error: Math.sqrt(left / whole),
  };
};

const square = (values: Float32Array | Float64Array): number => {
  let sum = 0;
  for (const value of values) sum += value * value;
  return sum;
};

interface Change {
  matrix: Matrix;
  /** Root mean square of what rounding the merged weights has added to each. */
  rounding: number;
}

const difference = async (merged: Checkpoint, base: Checkpoint, name: string, config: ModelConfig): Promise<Change> => {
  const [rows = 0, columns = 0] = modelTensors(config).get(name) ?? [];
  const [tuned, before] = [await merged.float32(name), await base.float32(name)];
  const data = new Float64Array(tuned.length);
  for (let i = 0; i < data.length; i++) {
    data[i] = tuned[i]! - before[i]!;
    if (!Number.isFinite(data[i]!)) throw ownBase("cannot be read", `${name} holds numbers that are not finite`);
  }
  const unit = ROUNDING[merged.info(name).dtype] ?? 0;
  return { matrix: { rows, columns, data }, rounding: unit * Math.sqrt(square(tuned) / tuned.length) };
};

/** Without the directions that are no larger than rounding alone would make them (σ ≤ s·(√rows + √columns) for noise of size s). */
const withoutRounding = ({ a, b, singular }: Factors, { matrix, rounding }: Change): Factors => {
  const floor = rounding * (Math.sqrt(matrix.rows) + Math.sqrt(matrix.columns));
  const own = singular.filter((value) => value > floor).length;
  const narrow = new Float64Array(matrix.rows * own);
  for (let i = 0; i < matrix.rows; i++) for (let r = 0; r < own; r++) narrow[i * own + r] = b[i * singular.length + r]!;
  return { a: a.subarray(0, own * matrix.columns), b: narrow, singular: singular.slice(0, own) };
};

/** Embeddings and norms must be the base's, but for rounding. */
const mustShareTheRest = async (merged: Checkpoint, base: Checkpoint, config: ModelConfig): Promise<void> => {
  const isProjection = (name: string): boolean => PROJECTIONS.some((projection) => name.includes(`.${projection}.`));
  for (const [name, shape] of modelTensors(config)) {
    if (merged.info(name).shape.join() !== shape.join())
      throw ownBase(
        "is not of this base",
        `${name} has shape [${merged.info(name).shape.join(", ")}] where the base has [${shape.join(", ")}]`,
      );
    if (isProjection(name)) continue;
    const size = shape.reduce((product, one) => product * one, 1);
    const unit = 2 * Math.max(ROUNDING[merged.info(name).dtype] ?? 0, ROUNDING[base.info(name).dtype] ?? 0);
    for (let at = 0; at < size; at += BLOCK) {
      const end = Math.min(size, at + BLOCK);
      const [a, b] = [
        toFloat32(await merged.bytes(name, at, end), merged.info(name).dtype),
        toFloat32(await base.bytes(name, at, end), base.info(name).dtype),
      ];
      for (let i = 0; i < a.length; i++)
        if (!(Math.abs(a[i]! - b[i]!) <= unit * Math.abs(b[i]!) + 1e-7))
          throw ownBase(
            "is no LoRA of this base",
            `${name} was changed too, which an adapter on projections cannot hold`,
          );
    }
  }
};
