import { StudioError } from "../errors.ts";
import { sha256Hex } from "../hashing.ts";
import { parseHeader, toFloat32, writeSafetensors } from "../safetensors/index.ts";

/**
 * Sentences written for this purpose, embedded at export and stored with the artifact. Whoever runs the model by other
 * means (the server's ONNX graph, a GPU server) embeds them again and compares. They vary in length, script and
 * punctuation, since faults of tokenizers, padding and position tables show there first.
 */
export const PROBE_TEXTS: readonly string[] = [
  "map",
  "How do I read a file line by line?",
  "The kettle whistled twice before anyone in the kitchen noticed.",
  "Returns the number of elements for which the predicate holds; an empty list gives 0.",
  "Wie lange darf ein Vertrag widerrufen werden, wenn die Belehrung fehlt?",
  "搜索引擎应当理解用户文档中的专门术语。",
  "x = sum(a[i] * b[i] for i in range(len(a)))  # dot product, O(n)",
  "A tenant may end the lease with three months' notice. The landlord needs a reason: unpaid rent for two months, use of the flat against the contract, or own need. The notice must be in writing, must name the reason, and must reach the tenant by the third working day of a month to count for that month; otherwise it counts from the next one on.",
];

/** Tokens at which a probe text would be cut; none is as long. */
export const PROBE_TOKENS = 512;

/** Identity of the probe set: other texts, other hash. */
const PROBES_SHA256 = sha256Hex(PROBE_TEXTS.join("\u0000"));

/** File of the artifact that holds the probes' embeddings. */
export const REFERENCE_PATH = "reference_embeddings.safetensors";

/** Embeddings of {@link PROBE_TEXTS} as the engine gives them: L2-normalized, row-major [probes, dim]. */
export interface ReferenceEmbeddings {
  dim: number;
  baseline: { query: Float32Array; document: Float32Array };
  tuned: { query: Float32Array; document: Float32Array };
}

const sides = ["baseline", "tuned"] as const;
const kinds = ["query", "document"] as const;

/** The reference file: four F32 tensors `tuned.query` … and the probe set's hash in the metadata. */
export const writeReference = (reference: ReferenceEmbeddings): Uint8Array<ArrayBuffer> =>
  writeSafetensors(
    sides.flatMap((side) =>
      kinds.map((kind) => ({
        name: `${side}.${kind}`,
        dtype: "F32" as const,
        shape: [PROBE_TEXTS.length, reference.dim],
        data: reference[side][kind],
      })),
    ),
    { format: "pt", probes_sha256: PROBES_SHA256 },
  );

const invalid = (what: string) =>
  new StudioError(
    "reference-invalid",
    `${REFERENCE_PATH} ${what}.`,
    "Export the model again with this version of the studio.",
  );

/**
 * Reads a reference file and checks that it was made from this probe set and holds unit vectors.
 * @throws StudioError `reference-invalid`, `safetensors-invalid`
 */
export const readReference = (file: Uint8Array): ReferenceEmbeddings => {
  const { tensors, metadata } = parseHeader(file);
  if (metadata.probes_sha256 !== PROBES_SHA256) throw invalid("was made from other probe texts");
  const dim = tensors.get("tuned.query")?.shape[1] ?? 0;
  const matrix = (name: string): Float32Array => {
    const tensor = tensors.get(name);
    if (!tensor || tensor.dtype !== "F32" || tensor.shape.join() !== `${PROBE_TEXTS.length},${dim}` || dim === 0)
      throw invalid(`has no matrix ${name} of one row a probe`);
    const values = toFloat32(file.subarray(tensor.start, tensor.end), "F32");
    for (let row = 0; row < PROBE_TEXTS.length; row++) {
      const norm = Math.hypot(...values.subarray(row * dim, (row + 1) * dim));
      if (!(Math.abs(norm - 1) < 1e-3)) throw invalid(`has a row of ${name} that is not of length 1`);
    }
    return values;
  };
  const both = (side: (typeof sides)[number]) => ({
    query: matrix(`${side}.query`),
    document: matrix(`${side}.document`),
  });
  return { dim, baseline: both("baseline"), tuned: both("tuned") };
};

/** The smallest cosine between two forms' embeddings of the probe texts at which they count as the same model. */
export const SAME_MODEL_COSINE = 0.9999;

/** The smallest cosine between matching rows of two row-major matrices; NaN when any is not a number. */
export const smallestCosine = (a: ArrayLike<number>, b: ArrayLike<number>, dim: number): number => {
  let smallest = Infinity;
  for (let row = 0; row < a.length; row += dim) {
    let dot = 0,
      aa = 0,
      bb = 0;
    for (let i = row; i < row + dim; i++) {
      dot += a[i]! * b[i]!;
      aa += a[i]! * a[i]!;
      bb += b[i]! * b[i]!;
    }
    const cosine = dot / Math.sqrt(aa * bb);
    // A NaN must not pass for a good value, nor be covered by a later row.
    if (Number.isNaN(cosine)) return NaN;
    smallest = Math.min(smallest, cosine);
  }
  return smallest;
};

/** Above this everywhere, the adapter does nothing that a search could see. */
const UNCHANGED = 1 - 1e-7;

/** @throws StudioError `artifact-unchanged` where the tuned model embeds the probes as its base does */
export const mustDifferFromBase = ({ dim, baseline, tuned }: ReferenceEmbeddings, hint: string): void => {
  const moved = Math.min(
    ...(["query", "document"] as const).map((kind) => smallestCosine(tuned[kind], baseline[kind], dim)),
  );
  if (moved > UNCHANGED)
    throw new StudioError(
      "artifact-unchanged",
      "The tuned model gives the same embeddings as its base: training has changed nothing.",
      hint,
    );
};
