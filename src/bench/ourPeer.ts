import { modelTensors } from "../domain/modelConfig.ts";
import type { ModelFiles } from "../domain/modelFiles.ts";
import { entry } from "../domain/present.ts";
import { f32ToBf16, PT_METADATA, writeSafetensors } from "../domain/safetensors/index.ts";
import { LoraAdapter } from "../engine/model/lora.ts";
import { Qwen3Model } from "../engine/model/model.ts";
import { loadWeights } from "../engine/model/weights.ts";
import type { KernelSession } from "../kernels/index.ts";
import { engineStep } from "./engineStep.ts";
import { type BenchModel, LORA, type TrainingPeer } from "./workload.ts";

/** The bench model as a BF16 checkpoint in memory. Its values must be representable in BF16 for equal losses. */
const benchModelFiles = (model: BenchModel): ModelFiles => {
  const shapes = modelTensors(model.config);
  const checkpoint = writeSafetensors(
    [...model.weights].map(([name, values]) => ({
      name,
      dtype: "BF16" as const,
      shape: entry(shapes, name),
      data: f32ToBf16(values),
    })),
    PT_METADATA,
  );
  const files = new Map([["model.safetensors", checkpoint]]);
  return {
    id: "bench",
    revision: "local",
    size: (path) => Promise.resolve(files.get(path)?.byteLength ?? null),
    read: (path, start, end) => Promise.resolve(entry(files, path).slice(start, end)),
    sha256: () => Promise.resolve(null),
  };
};

/** The bench model in the studio's engine. */
export const ourModel = async (session: KernelSession, bench: BenchModel): Promise<Qwen3Model> => {
  const { config } = bench;
  return new Qwen3Model(session.kernels, config, await loadWeights(benchModelFiles(bench), config, session.kernels));
};

/**
 * The studio's own engine on a bench model.
 *
 * @param chunkSize  pairs embedded at once (GradCache); the batch size for one chunk
 * @param capacity   rows of the activation tensors, fixed so that buffers are reused
 */
export const ourPeer = async (
  session: KernelSession,
  bench: BenchModel,
  options: { name: string; chunkSize: number; capacity: number },
): Promise<TrainingPeer> => {
  const model = await ourModel(session, bench);
  const adapter = LoraAdapter.create(session.kernels, model.config, { ...LORA, seed: 7 });
  const step = engineStep(model, adapter, options);
  return {
    name: options.name,
    step: async (batch) => (await step(batch)).loss,
    dispose() {
      adapter.dispose();
      model.dispose();
    },
  };
};
