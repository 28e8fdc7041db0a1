import { StudioError } from "../../domain/errors.ts";
import { modelTensors, type ModelConfig } from "../../domain/modelConfig.ts";
import type { Checkpoint, CheckpointTensor } from "../../domain/safetensors/index.ts";

/** A tensor of the model, and where it lies. */
export interface WantedTensor {
  name: string;
  tensor: CheckpointTensor;
}

/**
 * Every tensor that the config asks for.
 * @throws StudioError `tensor-missing`, `tensor-misshapen`, `tensor-dtype`
 */
export const checkTensors = (checkpoint: Checkpoint, config: ModelConfig): WantedTensor[] =>
  [...modelTensors(config)].map(([name, shape]) => {
    const tensor = checkpoint.info(name);
    if (tensor.shape.join() !== shape.join())
      throw new StudioError(
        "tensor-misshapen",
        `Tensor ${name} has shape [${tensor.shape.join(", ")}] where config.json asks for [${shape.join(", ")}].`,
        "The folder's config.json and weights do not belong together; download the model again.",
      );
    if (!["BF16", "F16", "F32"].includes(tensor.dtype))
      throw new StudioError(
        "tensor-dtype",
        `Tensor ${name} is stored as ${tensor.dtype}.`,
        "Use a model whose weights are BF16, F16 or F32; quantized checkpoints cannot be tuned here.",
      );
    return { name, tensor };
  });

/** What is read at once: small tensors that lie side by side together, a larger matrix alone. */
export interface Span {
  start: number;
  end: number;
  tensors: WantedTensor[];
}

/** The spans of one file in its order, of at most `most` bytes unless one tensor is larger. */
export const spansOf = (tensors: WantedTensor[], most: number): Span[] => {
  const spans: Span[] = [];
  for (const wanted of tensors.toSorted((a, b) => a.tensor.start - b.tensor.start)) {
    const { start, end } = wanted.tensor;
    const last = spans.at(-1);
    if (last && start === last.end && end - last.start <= most) {
      last.end = end;
      last.tensors.push(wanted);
    } else spans.push({ start, end, tensors: [wanted] });
  }
  return spans;
};
