import { join } from "node:path";
import { readReference, REFERENCE_PATH, smallestCosine } from "../../src/domain/artifact/probes.ts";
import { FORM_COSINE } from "../../src/domain/export/index.ts";
import type { OnnxType } from "../../src/domain/onnx/index.ts";
import { StudioError } from "../../src/domain/errors.ts";
import { TEXT_KINDS, type TextKind } from "./modelSource.ts";
import type { TunedModel } from "./selection.ts";
import { readPlain } from "../lib/plainFile.ts";

/** Holds a tuned model's vectors of the probe texts against those that the engine stored. @throws StudioError `onnx-differs`, `reference-invalid` */
export const compareToReference = async (
  tuned: TunedModel,
  own: Record<TextKind, readonly Float32Array[]>,
  dimension: number,
  dtype: OnnxType = "f32",
): Promise<void> => {
  const asked = FORM_COSINE[dtype];
  const reference = readReference(await readPlain(join(tuned.directory, REFERENCE_PATH)));
  for (const kind of TEXT_KINDS) {
    const vectors = Float32Array.from(own[kind].flatMap((vector) => [...vector]));
    const cosine =
      reference.dim === dimension ? smallestCosine(vectors, reference.tuned[kind], reference.dim) : Number.NaN;
    if (!(cosine >= asked))
      throw new StudioError(
        "onnx-differs",
        `The ONNX form gives other ${kind} embeddings than the studio's engine (smallest cosine ${cosine.toFixed(6)}, ${asked} is asked).`,
        dtype === "f32"
          ? "Export the model again on a device whose self-test passes."
          : "Set EMBEDDING_DTYPE=f32: this model does not bear 8-bit weights.",
      );
  }
};
