import { StudioError } from "../errors.ts";
import { PROJECTIONS, readJson, type ModelConfig } from "../modelConfig.ts";
import type { ModelFiles } from "../modelFiles.ts";
import { entry } from "../present.ts";
import { parseHeader, toFloat32, type TensorInfo } from "../safetensors/index.ts";
import { adapterShapes, allFinite, canonicalName, modulePath, type Adapter } from "./adapter.ts";
import { parsePeftConfig, type PeftSettings } from "./adapterConfig.ts";
import { modulePatterns, type ModulePatterns } from "./adapterPatterns.ts";

const FILE = "adapter_model.safetensors";

/** An adapter, and what was read of it otherwise than it stands in the file. */
export interface ReadAdapter {
  adapter: Adapter;
  /** Sentences for whoever brings it in; empty for the studio's own. */
  notes: string[];
}

/**
 * Reads a PEFT adapter for a model. The tensors decide what is adapted: `target_modules` may be a list, a pattern or
 * `all-linear`, with exclusions. A projection that is adapted in some layers only must be so by the config; its other layers get
 * zeros. Ranks and alphas of single modules are brought to one: the largest rank, with scaling 1.
 * @throws StudioError `adapter-unsupported` (config or tensors of another kind), `adapter-mixed-names` (libraries would
 * apply one half and ignore the other without a word), `adapter-mismatch` (missing tensors or other shapes),
 * `adapter-not-finite`, `safetensors-invalid`
 */
export const readForeign = (configJson: unknown, file: Uint8Array, model: ModelConfig): ReadAdapter => {
  const { base, ...settings } = parsePeftConfig(configJson);
  const trainedOn = hintOf(base);
  const { found, notes } = namedTensors(file);
  const targets = PROJECTIONS.filter((projection) =>
    [...found.keys()].some((name) => name.includes(`.${projection}.`)),
  );
  const patterns = modulePatterns(configJson, settings);
  const shapes = adapterShapes(model, { rank: settings.rank, targets });
  const leftOut = checkPlaces(found, shapes, model, patterns, trainedOn);
  const values = new Map<string, Float32Array>();
  for (const [name, tensor] of found) {
    const { rank } = patterns.settings(modulePath(name));
    checkShape(tensor, withRank(name, entry(shapes, name), rank), rank, trainedOn);
    values.set(name, finite(tensor, file));
  }
  const own = { rank: settings.rank, scaling: settings.scaling };
  const uniform = [...found.keys()].every((name) => isSame(patterns.settings(modulePath(name)), own));
  if (leftOut.length > 0)
    notes.push(`${leftOut.length} projections are left as they are in the base, as the config says.`);
  if (!uniform)
    notes.push("Modules have ranks or alphas of their own; they were brought to one rank, with the same effect.");
  const { rank, alpha, rankStabilized, scaling } = uniform
    ? settings
    : { ...ONE, ...largest([...found.keys()].map((name) => patterns.settings(modulePath(name)).rank)) };
  const tensors = new Map<string, Float32Array>();
  for (const [name, shape] of adapterShapes(model, { rank, targets })) {
    const stored = values.get(name);
    const module = patterns.settings(modulePath(name));
    tensors.set(
      name,
      stored
        ? padded(stored, name, shape, module.rank, module.scaling / scaling)
        : new Float32Array(shape[0] * shape[1]),
    );
  }
  return { adapter: { rank, alpha, targets, rankStabilized, scaling, tensors }, notes };
};

const ONE = { rankStabilized: false, scaling: 1 };
const largest = (ranks: readonly number[]) => ({ rank: Math.max(...ranks), alpha: Math.max(...ranks) });
const isSame = (a: { rank: number; scaling: number }, b: { rank: number; scaling: number }): boolean =>
  a.rank === b.rank && a.scaling === b.scaling;

const withRank = (name: string, [rows, columns]: readonly [number, number], rank: number): [number, number] =>
  isFirst(name) ? [rank, columns] : [rows, rank];
const isFirst = (name: string): boolean => name.includes(".lora_A.");

/** A with rows of zeros, B with columns of zeros up to the common rank; B carries what the module's scaling differs by. */
const padded = (
  stored: Float32Array,
  name: string,
  [rows, columns]: readonly [number, number],
  rank: number,
  factor: number,
): Float32Array => {
  const wide = new Float32Array(rows * columns);
  if (isFirst(name)) wide.set(stored);
  else
    for (let row = 0; row < rows; row++)
      for (let r = 0; r < rank; r++) wide[row * columns + r] = factor * stored[row * rank + r]!;
  return wide;
};

const finite = (tensor: TensorInfo, file: Uint8Array): Float32Array => {
  const values = toFloat32(file.subarray(tensor.start, tensor.end), tensor.dtype);
  if (!allFinite(values))
    throw refuse(
      "adapter-not-finite",
      `holds numbers that are not finite in ${tensor.name}`,
      "Import a checkpoint from before its numbers ran away, or the file as it was saved, if it was damaged since.",
    );
  return values;
};

/** As {@link readForeign}, the adapter alone. */
export const parseAdapter = (configJson: unknown, file: Uint8Array, model: ModelConfig): Adapter =>
  readForeign(configJson, file, model).adapter;

/** The adapter of a folder: adapter_config.json and adapter_model.safetensors. Errors as {@link readForeign}. */
export const readAdapter = async (folder: Pick<ModelFiles, "size" | "read">, model: ModelConfig): Promise<Adapter> =>
  (await readForeignFolder(folder, model)).adapter;

/** As {@link readAdapter}, with what was read otherwise than it stands there. */
export const readForeignFolder = async (
  folder: Pick<ModelFiles, "size" | "read">,
  model: ModelConfig,
): Promise<ReadAdapter> => {
  const config = await readJson(folder, "adapter_config.json");
  if ((await folder.size(FILE)) === null)
    throw new StudioError(
      "adapter-missing",
      `The folder has no ${FILE}.`,
      (await folder.size("adapter_model.bin")) === null
        ? "Choose a PEFT adapter folder."
        : "It has adapter_model.bin, a format that can run code. Load it with PEFT and save it again: save_pretrained writes safetensors.",
    );
  return readForeign(config, await folder.read(FILE), model);
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

/** LoRA on the output layer of a causal language model: no embedding passes through it. */
const HEAD = /(^|\.)lm_head\.lora_[AB]\./;

/** The file's tensors by their names in PEFT. */
const namedTensors = (file: Uint8Array): { found: Map<string, TensorInfo>; notes: string[] } => {
  const named = new Map<string, TensorInfo>();
  const forms = new Set<string>();
  const all = [...parseHeader(file).tensors.values()];
  const heads = all.filter(({ name }) => HEAD.test(name));
  for (const tensor of all) {
    if (heads.includes(tensor)) continue;
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
  if (named.size === 0)
    throw refuse(
      "adapter-mismatch",
      heads.length > 0 ? "adapts the output layer alone, which no embedding passes" : "holds no tensors",
      "Train it on the projections of the layers, and save it again.",
    );
  if (forms.size > 1)
    throw refuse(
      "adapter-mixed-names",
      `mixes spellings of tensor names (${[...forms].join(" and ")})`,
      "Save the adapter again with one library.",
    );
  return {
    found: named,
    notes: heads.length > 0 ? ["What the adapter does to the output layer is left out: no embedding passes it."] : [],
  };
};

/**
 * That each adapted projection has A and B in every layer of the base, but where the config leaves it out, and no layer is beyond it.
 * @returns the modules that are left out
 */
const checkPlaces = (
  found: ReadonlyMap<string, TensorInfo>,
  shapes: ReadonlyMap<string, unknown>,
  { layers }: ModelConfig,
  patterns: ModulePatterns,
  hint: string,
): string[] => {
  const layerOf = (name: string): number => Number(/layers\.(\d+)\./.exec(name)?.[1]);
  const present = new Set([...found.keys()].map(layerOf));
  const beyond = Math.max(...present) >= layers;
  const missing = [...shapes.keys()].filter((name) => !found.has(name));
  const wholly = new Set(missing.map(modulePath).filter((path, i, all) => all.indexOf(path) !== i));
  const isLeftOut = (name: string): boolean => wholly.has(modulePath(name)) && patterns.leavesOut(modulePath(name));
  const absent = missing.filter((name) => !isLeftOut(name));
  const without = [...new Set(absent.map(layerOf))].filter((layer) => !present.has(layer));
  if (beyond || without.length > 0)
    throw refuse(
      "adapter-mismatch",
      `adapts the layers ${ranges([...present])}; the base has the layers 0 to ${layers - 1}`,
      beyond
        ? hint
        : `${hint} If it was trained on these layers alone, say so in adapter_config.json (layers_to_transform); else the file is not whole: save the adapter again.`,
    );
  const misplaced = [...found].find(([name]) => !shapes.has(name))?.[1];
  if (misplaced) throw refuse("adapter-mismatch", `holds ${misplaced.name}, which this base has no place for`, hint);
  if (absent[0] !== undefined) throw refuse("adapter-mismatch", `has no ${absent[0]}`, hint);
  return [...wholly].filter((path) => patterns.leavesOut(path));
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
