import { StudioError } from "../errors.ts";
import { PROJECTIONS, readJson, type ModelConfig } from "../modelConfig.ts";
import type { ModelFiles } from "../modelFiles.ts";
import { entry } from "../present.ts";
import { parseHeader, toFloat32, type TensorInfo } from "../safetensors/index.ts";
import { adapterShapes, allFinite, canonicalName, type Adapter } from "./adapter.ts";
import { parsePeftConfig, type PeftSettings } from "./adapterConfig.ts";

const FILE = "adapter_model.safetensors";

/**
 * Reads a PEFT adapter for a model. The tensors decide what is adapted: `target_modules` may be a list, a pattern or
 * `all-linear`, with exclusions; a projection must be adapted in every layer.
 * @throws StudioError `adapter-unsupported` (config or tensors of another kind), `adapter-mixed-names` (libraries would
 * apply one half and ignore the other without a word), `adapter-mismatch` (missing tensors or other shapes),
 * `adapter-not-finite`, `safetensors-invalid`
 */
export const parseAdapter = (configJson: unknown, file: Uint8Array, model: ModelConfig): Adapter => {
  const { rank, alpha, rankStabilized, scaling, base } = parsePeftConfig(configJson);
  const found = namedTensors(file);
  const targets = PROJECTIONS.filter((projection) =>
    [...found.keys()].some((name) => name.includes(`.${projection}.`)),
  );
  const shapes = adapterShapes(model, { rank, targets });
  const trainedOn = hintOf(base);
  checkPlaces(found, shapes, model, trainedOn);
  const tensors = new Map<string, Float32Array>();
  for (const [name, tensor] of found) {
    checkShape(tensor, entry(shapes, name), rank, trainedOn);
    const values = toFloat32(file.subarray(tensor.start, tensor.end), tensor.dtype);
    if (!allFinite(values))
      throw refuse(
        "adapter-not-finite",
        `holds numbers that are not finite in ${tensor.name}`,
        "Train again with a lower learning rate.",
      );
    tensors.set(name, values);
  }
  return { rank, alpha, targets, rankStabilized, scaling, tensors };
};

/** The adapter of a folder: adapter_config.json and adapter_model.safetensors. Errors as {@link parseAdapter}. */
export const readAdapter = async (folder: Pick<ModelFiles, "size" | "read">, model: ModelConfig): Promise<Adapter> => {
  const config = await readJson(folder, "adapter_config.json");
  if ((await folder.size(FILE)) === null)
    throw new StudioError(
      "adapter-missing",
      `The folder has no ${FILE}.`,
      (await folder.size("adapter_model.bin")) === null
        ? "Choose a PEFT adapter folder."
        : "It has adapter_model.bin, a format that can run code. Load it with PEFT and save it again: save_pretrained writes safetensors.",
    );
  return parseAdapter(config, await folder.read(FILE), model);
};

const refuse = (code: string, what: string, hint: string): StudioError =>
  new StudioError(code, `${FILE} ${what}.`, hint);

const hintOf = (base: PeftSettings["base"]): string =>
  `Choose the adapter and the base model it was trained on${base ? `; its config names ${base}` : ""}.`;

/** What a tensor that is no factor of a projection belongs to, by its name. */
const OTHER_KINDS: readonly (readonly [RegExp, string])[] = [
  [/lora_magnitude_vector/, "of DoRA"],
  [/lora_embedding_|embed_tokens/, "which adapts an embedding"],
  [/lora_[AB]\b.*\.bias$/, "a bias of LoRA"],
  [/\.bias$/, "a bias"],
  [/modules_to_save/, "a module saved whole"],
  [/\.lora_[AB]\./, "which adapts something other than a projection of a layer"],
];

/** The file's tensors by their names in PEFT. */
const namedTensors = (file: Uint8Array): Map<string, TensorInfo> => {
  const named = new Map<string, TensorInfo>();
  const forms = new Set<string>();
  for (const tensor of parseHeader(file).tensors.values()) {
    const known = canonicalName(tensor.name);
    if (!known) {
      const kind = OTHER_KINDS.find(([pattern]) => pattern.test(tensor.name))?.[1] ?? "no LoRA factor of a projection";
      throw refuse(
        "adapter-unsupported",
        `holds ${tensor.name}, ${kind}`,
        "Use a plain LoRA adapter on q, k, v, o, gate, up or down projections.",
      );
    }
    named.set(known.name, tensor);
    forms.add(known.form);
  }
  if (named.size === 0) throw refuse("adapter-mismatch", "holds no tensors", "Save the adapter again.");
  if (forms.size > 1)
    throw refuse(
      "adapter-mixed-names",
      `mixes spellings of tensor names (${[...forms].join(" and ")})`,
      "Save the adapter again with one library.",
    );
  return named;
};

/** That each adapted projection has A and B in every layer of the base, and no layer is beyond it. */
const checkPlaces = (
  found: ReadonlyMap<string, TensorInfo>,
  shapes: ReadonlyMap<string, unknown>,
  { layers }: ModelConfig,
  hint: string,
): void => {
  const layerOf = (name: string): number => Number(/layers\.(\d+)\./.exec(name)?.[1]);
  const present = new Set([...found.keys()].map(layerOf));
  const beyond = Math.max(...present) >= layers;
  const absent = [...shapes.keys()].filter((name) => !found.has(name));
  const without = [...new Set(absent.map(layerOf))].filter((layer) => !present.has(layer));
  if (beyond || without.length > 0)
    throw refuse(
      "adapter-mismatch",
      `adapts the layers ${ranges([...present])} where the base has ${layers}, 0 to ${layers - 1}`,
      beyond ? hint : `${hint} An adapter of some layers only is not supported: merge it in PEFT (merge_and_unload).`,
    );
  const misplaced = [...found].find(([name]) => !shapes.has(name))?.[1];
  if (misplaced) throw refuse("adapter-mismatch", `holds ${misplaced.name}, which this base has no place for`, hint);
  if (absent[0] !== undefined) throw refuse("adapter-mismatch", `has no ${absent[0]}`, hint);
};

const checkShape = (tensor: TensorInfo, shape: readonly [number, number], rank: number, hint: string): void => {
  if (tensor.shape.join() === shape.join()) return;
  const side = tensor.name.includes("lora_A") ? 0 : 1;
  const ownRank = tensor.shape[side];
  throw refuse(
    "adapter-mismatch",
    `has shape [${tensor.shape.join(", ")}] in ${tensor.name} where [${shape.join(", ")}] is wanted`,
    ownRank !== rank && tensor.shape[1 - side] === shape[1 - side]
      ? `adapter_config.json says rank ${rank}, the tensor has ${ownRank}: the two files do not belong together.`
      : hint,
  );
};

/** `0 to 13, 20` */
const ranges = (layers: readonly number[]): string => {
  const sorted = layers.toSorted((a, b) => a - b);
  const runs: [number, number][] = [];
  for (const layer of sorted) {
    const last = runs.at(-1);
    if (last && layer === last[1] + 1) last[1] = layer;
    else runs.push([layer, layer]);
  }
  return runs.map(([from, to]) => (from === to ? `${from}` : `${from} to ${to}`)).join(", ");
};
