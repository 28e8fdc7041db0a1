import { jsonBytes, type Adapter } from "../artifact/index.ts";
import { readJson } from "../modelConfig.ts";
import type { ModelFiles } from "../modelFiles.ts";
import { BASE_DATA, BASE_GRAPH, portableOnnx, type OnnxType } from "../onnx/index.ts";
import { fileOf, type ExportedFile } from "./exportedFile.ts";
import { sharedFiles } from "./merged.ts";

/** Where graph and weights lie, as transformers.js and text-embeddings-inference look for them. */
export const ONNX_FOLDER = "onnx";

/**
 * A complete model for onnxruntime: `onnx/model.onnx` with its one data file, config, tokenizer and sentence-transformers files.
 * The adapter is merged in.
 * @param artifact the exported adapter folder
 */
export const onnxFolder = async (
  artifact: ModelFiles,
  base: ModelFiles,
  adapter: Adapter,
  type: OnnxType,
): Promise<ExportedFile[]> => {
  const config = (await readJson(base, "config.json")) as Record<string, unknown>;
  // transformers.js asks for a data file only where the config names its number of pieces.
  const withData = { ...config, "transformers.js_config": { use_external_data_format: { [BASE_GRAPH]: 1 } } };
  const { graph, data } = await portableOnnx(base, adapter, type);
  return [
    fileOf("config.json", jsonBytes(withData)),
    ...(await sharedFiles(artifact)),
    fileOf(`${ONNX_FOLDER}/${BASE_GRAPH}`, graph),
    { path: `${ONNX_FOLDER}/${BASE_DATA}`, ...data },
  ];
};
