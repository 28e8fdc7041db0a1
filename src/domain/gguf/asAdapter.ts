import { peftName, type Adapter } from "../artifact/adapter.ts";
import { StudioError } from "../errors.ts";
import { PROJECTIONS, projectionPath, projectionShape, type ModelConfig, type Projection } from "../modelConfig.ts";
import type { ModelFiles } from "../modelFiles.ts";
import { ggufName } from "./qwen3.ts";
import { ggufFloat32, readGguf } from "./read.ts";

/**
 * A LoRA file of llama.cpp as an adapter, with the numbers and the scale that llama.cpp takes from it: alpha / rank.
 * @param path of the GGUF file in `files`
 * @throws StudioError `gguf-invalid`, `adapter-mismatch` where a factor is missing or of another shape
 */
export const ggufAsAdapter = async (
  files: Pick<ModelFiles, "size" | "read">,
  path: string,
  config: ModelConfig,
): Promise<Adapter> => {
  const bytes = await files.read(path);
  const { metadata, tensors } = readGguf(bytes, bytes.length);
  const nameOf = (layer: number, projection: Projection, factor: "A" | "B"): string =>
    `${ggufName(`layers.${layer}.${projectionPath(projection)}.weight`)}.lora_${factor.toLowerCase()}`;
  const targets = PROJECTIONS.filter((projection) => tensors.has(nameOf(0, projection, "A")));
  const rank = tensors.get(targets[0] ? nameOf(0, targets[0], "A") : "")?.shape[0];
  const alpha = metadata.get("adapter.lora.alpha");
  if (rank === undefined || typeof alpha !== "number") throw mismatch("holds no LoRA of this model's layers");
  const factors = new Map<string, Float32Array>();
  for (let layer = 0; layer < config.layers; layer++)
    for (const projection of targets)
      for (const factor of ["A", "B"] as const) {
        const [out, input] = projectionShape(config, projection);
        const found = tensors.get(nameOf(layer, projection, factor));
        const shape = factor === "A" ? [rank, input] : [out, rank];
        if (found?.shape.join() !== shape.join())
          throw mismatch(`has no ${nameOf(layer, projection, factor)} of shape [${shape.join(", ")}]`);
        factors.set(
          peftName(layer, projection, factor),
          ggufFloat32(bytes.subarray(found.start, found.end), found.type),
        );
      }
  return { rank, alpha, targets, rankStabilized: false, scaling: alpha / rank, tensors: factors };
};

const mismatch = (what: string): StudioError =>
  new StudioError("adapter-mismatch", `The GGUF file ${what}.`, "Use the LoRA file of a model of this base.");
