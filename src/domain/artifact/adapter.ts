import { StudioError } from "../errors.ts";
import { projectionPath, projectionShape, PROJECTIONS, type ModelConfig, type Projection } from "../modelConfig.ts";
import { writeSafetensors } from "../safetensors/index.ts";
import type { LoraSettings } from "./adapterConfig.ts";

/** A LoRA adapter in memory. Tensors are F32, row-major, by {@link peftName}: A `[rank, in]`, B `[out, rank]`. */
export interface Adapter extends LoraSettings {
  tensors: ReadonlyMap<string, Float32Array>;
}

/** These tensors as LoRA on all seven projections, scaled by alpha / rank. */
export const adapterOf = (rank: number, alpha: number, tensors: Adapter["tensors"]): Adapter => ({
  rank,
  alpha,
  targets: PROJECTIONS,
  rankStabilized: false,
  scaling: alpha / rank,
  tensors,
});

/** An adapter at a share of its effect, written into its alpha: the tensors stay as they are, and 0.5 is half of every change. */
export const scaledAdapter = (adapter: Adapter, strength: number): Adapter => ({
  ...adapter,
  alpha: adapter.alpha * strength,
  scaling: adapter.scaling * strength,
});

/** A module's path inside the model of a tensor that {@link peftName} names. */
export const modulePath = (name: string): string =>
  name.replace(/^base_model\.model\./, "").replace(/\.lora_[AB]\.weight$/, "");

/** PEFT's tensor name for A or B of a projection of a bare `Qwen3Model`, as PeftModel.save_pretrained writes it. */
export const peftName = (layer: number, projection: Projection, factor: "A" | "B"): string =>
  `base_model.model.layers.${layer}.${projectionPath(projection)}.lora_${factor}.weight`;

/** Every tensor an adapter with these settings has on this model. */
export const adapterShapes = (
  config: ModelConfig,
  { rank, targets }: Pick<LoraSettings, "rank" | "targets">,
): Map<string, [number, number]> => {
  const shapes = new Map<string, [number, number]>();
  for (let layer = 0; layer < config.layers; layer++)
    for (const projection of targets) {
      const [out, input] = projectionShape(config, projection);
      shapes.set(peftName(layer, projection, "A"), [rank, input]);
      shapes.set(peftName(layer, projection, "B"), [out, rank]);
    }
  return shapes;
};

const spelling =
  /^(base_model\.model\.)?(model\.)?(layers\.\d+\.(?:self_attn|mlp)\.[a-z]+_proj\.lora_[AB])(\.(?!weight$)[\w-]+)?\.weight$/;

/**
 * The PEFT name for a spelling found in the wild, and which spelling it is. Accepted: `base_model.model.layers…`,
 * `base_model.model.model.layers…` (trained as a causal LM), `model.layers…`, bare `layers…`, each also with
 * the adapter's name, as `.default`.
 * Anything else (DoRA magnitudes, embedding factors, biases, saved modules) is null, and refused by the reader.
 */
export const canonicalName = (name: string): { name: string; form: string } | null => {
  const match = spelling.exec(name);
  if (!match) return null;
  const [, wrapper = "", inner = "", path, label = ""] = match;
  return { name: `base_model.model.${path}.weight`, form: `${wrapper}${inner}…${label}` };
};

/** `adapter_model.safetensors` as PEFT writes it: F32, metadata `{"format": "pt"}`. Equal adapters give equal bytes. */
export const adapterFile = (adapter: Adapter, model: ModelConfig): Uint8Array<ArrayBuffer> => {
  const shapes = adapterShapes(model, adapter);
  return writeSafetensors(
    [...shapes].map(([name, shape]) => {
      const data = adapter.tensors.get(name);
      if (!data)
        throw new StudioError(
          "adapter-mismatch",
          `The adapter has no ${name}.`,
          "Choose the adapter and the base model it was trained on.",
        );
      return { name, dtype: "F32" as const, shape, data };
    }),
  );
};

export const allFinite = (values: ArrayLike<number>): boolean => {
  for (let i = 0; i < values.length; i++) if (!Number.isFinite(values[i])) return false;
  return true;
};
