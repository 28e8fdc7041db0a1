import { StudioError } from "../errors.ts";
import type { ModelFiles } from "../modelFiles.ts";
import { projectionPath, projectionShape, readJson, type ModelConfig, type Projection } from "../modelConfig.ts";
import { parseHeader, toFloat32, writeSafetensors } from "../safetensors/index.ts";
import { parsePeftConfig, type LoraSettings } from "./adapterConfig.ts";

/** A LoRA adapter in memory. Tensors are F32, row-major, by {@link peftName}: A `[rank, in]`, B `[out, rank]`. */
export interface Adapter extends LoraSettings {
  tensors: ReadonlyMap<string, Float32Array>;
}

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
  /^(base_model\.model\.)?(model\.)?(layers\.\d+\.(?:self_attn|mlp)\.[a-z]+_proj\.lora_[AB])(\.default)?\.weight$/;

/**
 * The PEFT name for a spelling found in the wild, and which spelling it is. Accepted: `base_model.model.layers…`,
 * `base_model.model.model.layers…` (trained as a causal LM), `model.layers…`, bare `layers…`, each also with `.default`.
 * Anything else (DoRA magnitudes, embedding factors, biases, saved modules) is null, and refused by the reader.
 */
export const canonicalName = (name: string): { name: string; form: string } | null => {
  const match = spelling.exec(name);
  if (!match) return null;
  const [, wrapper = "", inner = "", path, label = ""] = match;
  return { name: `base_model.model.${path}.weight`, form: `${wrapper}${inner}…${label}` };
};

const refuse = (
  code: string,
  what: string,
  hint = "Choose the adapter and the base model it was trained on.",
): StudioError => new StudioError(code, `adapter_model.safetensors ${what}.`, hint);

/**
 * Reads a PEFT adapter for a model.
 * @throws StudioError `adapter-unsupported` (config or tensors of another kind), `adapter-mixed-names` (libraries would
 * apply one half and ignore the other without a word), `adapter-mismatch` (missing tensors or other shapes),
 * `adapter-not-finite`, `safetensors-invalid`
 */
export const parseAdapter = (configJson: unknown, file: Uint8Array, model: ModelConfig): Adapter => {
  const settings = parsePeftConfig(configJson);
  const shapes = adapterShapes(model, settings);
  const tensors = new Map<string, Float32Array>();
  const forms = new Set<string>();
  for (const tensor of parseHeader(file).tensors.values()) {
    const found = canonicalName(tensor.name);
    const shape = found && shapes.get(found.name);
    if (!found) throw refuse("adapter-unsupported", `holds ${tensor.name}, which is no LoRA factor of a projection`);
    if (!shape)
      throw refuse("adapter-mismatch", `holds ${tensor.name}, which this base or adapter_config.json has no place for`);
    if (tensor.shape.join() !== shape.join())
      throw refuse(
        "adapter-mismatch",
        `has shape [${tensor.shape.join(", ")}] in ${tensor.name} where [${shape.join(", ")}] is wanted`,
      );
    const values = toFloat32(file.subarray(tensor.start, tensor.end), tensor.dtype);
    if (!allFinite(values))
      throw refuse(
        "adapter-not-finite",
        `holds numbers that are not finite in ${tensor.name}`,
        "Train again with a lower learning rate.",
      );
    tensors.set(found.name, values);
    forms.add(found.form);
  }
  if (forms.size > 1)
    throw refuse(
      "adapter-mixed-names",
      `mixes spellings of tensor names (${[...forms].join(" and ")})`,
      "Save the adapter again with one library.",
    );
  const absent = [...shapes.keys()].find((name) => !tensors.has(name));
  if (absent) throw refuse("adapter-mismatch", `has no ${absent}`);
  const { rank, alpha, targets, scaling } = settings;
  return { rank, alpha, targets, scaling, tensors };
};

/** The adapter of a folder: adapter_config.json and adapter_model.safetensors. Errors as {@link parseAdapter}. */
export const readAdapter = async (folder: Pick<ModelFiles, "size" | "read">, model: ModelConfig): Promise<Adapter> => {
  const config = await readJson(folder, "adapter_config.json");
  if ((await folder.size("adapter_model.safetensors")) === null)
    throw new StudioError(
      "adapter-missing",
      "The folder has no adapter_model.safetensors.",
      "Choose a PEFT adapter folder.",
    );
  return parseAdapter(config, await folder.read("adapter_model.safetensors"), model);
};

/** `adapter_model.safetensors` as PEFT writes it: F32, metadata `{"format": "pt"}`. Equal adapters give equal bytes. */
export const adapterFile = (adapter: Adapter, model: ModelConfig): Uint8Array<ArrayBuffer> => {
  const shapes = adapterShapes(model, adapter);
  return writeSafetensors(
    [...shapes].map(([name, shape]) => {
      const data = adapter.tensors.get(name);
      if (!data) throw refuse("adapter-mismatch", `would lack ${name}`);
      return { name, dtype: "F32" as const, shape, data };
    }),
  );
};

export const allFinite = (values: ArrayLike<number>): boolean => {
  for (let i = 0; i < values.length; i++) if (!Number.isFinite(values[i]!)) return false;
  return true;
};
