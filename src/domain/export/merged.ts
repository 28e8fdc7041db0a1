import {
  jsonBytes,
  mergedFile,
  mergedTensors,
  TOKENIZER_FILES,
  type Adapter,
  type MergedTensor,
} from "../artifact/index.ts";
import { parseModelConfig, readJson } from "../modelConfig.ts";
import { SHARDS_PATH, WEIGHTS_PATH, type ModelFiles } from "../modelFiles.ts";
import { openCheckpoint } from "../safetensors/index.ts";
import { fileOf, type ExportedFile } from "./exportedFile.ts";

export type MergedExportType = "F32" | "F16" | "BF16";

/** transformers' names of the types. */
const TORCH = { F32: "float32", F16: "float16", BF16: "bfloat16" } as const;
/** Bytes of an element. */
const WIDTH = { F32: 4, F16: 2, BF16: 2 } as const;
/** Where hubs cut files. */
const SHARD_BYTES = 5e9;

/** Files of the artifact that a complete model has too, the same. */
const SHARED = [
  ...TOKENIZER_FILES,
  "modules.json",
  "sentence_bert_config.json",
  "config_sentence_transformers.json",
  "1_Pooling/config.json",
  "2_Normalize/config.json",
];

/**
 * A complete model that needs no PEFT: base weights with the adapter merged in (summed in F32, rounded once), tokenizer and
 * sentence-transformers files. What sentence-transformers, text-embeddings-inference and vLLM load from a folder.
 * @param artifact the exported adapter folder
 */
export const mergedFolder = async (
  artifact: ModelFiles,
  base: ModelFiles,
  adapter: Adapter,
  type: MergedExportType,
  shardBytes = SHARD_BYTES,
): Promise<ExportedFile[]> => {
  const baseConfig = (await readJson(base, "config.json")) as Record<string, unknown>;
  const config = parseModelConfig(baseConfig);
  const files = [fileOf("config.json", jsonBytes(mergedConfig(baseConfig, type))), ...(await sharedFiles(artifact))];
  const tensors = mergedTensors(await openCheckpoint(base), adapter, config);
  return [...files, ...weightFiles(tensors, type, shardBytes)];
};

/** Tokenizer and sentence-transformers files, as the artifact has them. */
export const sharedFiles = async (artifact: ModelFiles): Promise<ExportedFile[]> => {
  const files: ExportedFile[] = [];
  for (const path of SHARED)
    if ((await artifact.size(path)) !== null) files.push(fileOf(path, new Uint8Array(await artifact.read(path))));
  return files;
};

/** The base's config with the type of the weights; what only the adapter's ONNX form needs is left out. */
const mergedConfig = (base: Record<string, unknown>, type: MergedExportType): Record<string, unknown> => {
  const { "transformers.js_config": _, dtype, torch_dtype: old, ...rest } = base;
  // transformers 5 writes `dtype`, versions before `torch_dtype`; the newer one reads both.
  return { ...rest, [dtype !== undefined && old === undefined ? "dtype" : "torch_dtype"]: TORCH[type] };
};

const bytesOf = ({ shape }: MergedTensor, type: MergedExportType): number =>
  shape.reduce((product, size) => product * size, WIDTH[type]);

/** One file, or shards with their index as transformers names them. */
const weightFiles = (tensors: readonly MergedTensor[], type: MergedExportType, shardBytes: number): ExportedFile[] => {
  const shards: MergedTensor[][] = [[]];
  let room = shardBytes;
  for (const tensor of tensors) {
    const bytes = bytesOf(tensor, type);
    if (bytes > room && shards.at(-1)?.length) {
      shards.push([]);
      room = shardBytes;
    }
    shards.at(-1)?.push(tensor);
    room -= bytes;
  }
  if (shards.length === 1) return [{ path: WEIGHTS_PATH, ...mergedFile(tensors, type) }];
  const label = (n: number): string => String(n).padStart(5, "0");
  const name = (i: number): string => `model-${label(i + 1)}-of-${label(shards.length)}.safetensors`;
  const index = {
    metadata: { total_size: tensors.reduce((sum, tensor) => sum + bytesOf(tensor, type), 0) },
    weight_map: Object.fromEntries(
      shards
        .flatMap((shard, i) => shard.map((tensor) => [tensor.name, name(i)]))
        .sort(([a = ""], [b = ""]) => (a < b ? -1 : 1)),
    ),
  };
  return [
    ...shards.map((shard, i) => ({ path: name(i), ...mergedFile(shard, type) })),
    fileOf(SHARDS_PATH, jsonBytes(index)),
  ];
};
