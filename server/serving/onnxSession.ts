import { join } from "node:path";
import { InferenceSession, Tensor } from "onnxruntime-node";
import { StudioError } from "../../src/domain/errors.ts";
import { BASE_GRAPH } from "../../src/domain/onnx/index.ts";

/** A loaded graph: token ids in, unit vectors out. */
export interface EmbeddingSession {
  readonly dimension: number;
  /** One L2-normalised vector for each sequence, in order. Sequences are padded on the left and pooled at the last token. */
  run(sequences: readonly Int32Array[]): Promise<Float32Array[]>;
  close(): Promise<void>;
}

/**
 * Opens `model.onnx` of a folder in onnxruntime on the CPU. `threads` 0 leaves the choice to the runtime.
 * @throws StudioError `onnx-unreadable`
 */
export const openSession = async (
  folder: string,
  options: { dimension: number; padToken: number; threads?: number },
): Promise<EmbeddingSession> => {
  let session: InferenceSession;
  try {
    session = await InferenceSession.create(join(folder, BASE_GRAPH), {
      executionProviders: ["cpu"],
      intraOpNumThreads: options.threads ?? 0,
      logSeverityLevel: 3,
      // Threads that wait must sleep: the same cores answer requests and run the database.
      extra: { session: { intra_op: { allow_spinning: "0" }, inter_op: { allow_spinning: "0" } } },
    });
  } catch (cause) {
    throw new StudioError(
      "onnx-unreadable",
      "The model's ONNX form can not be loaded.",
      `Remove ${folder}; the server writes it again.`,
      { cause },
    );
  }
  return {
    dimension: options.dimension,
    run: async (sequences) => {
      const { feeds, length } = leftPadded(sequences, options.padToken);
      const output = (await session.run(feeds)).last_hidden_state;
      if (!output || output.dims[2] !== options.dimension) throw badVectors();
      const data = output.data as Float32Array;
      const vectors = sequences.map((_, row) => {
        const end = (row + 1) * length * options.dimension;
        return normalised(data.subarray(end - options.dimension, end));
      });
      output.dispose();
      return vectors;
    },
    close: () => session.release(),
  };
};

/** `input_ids` and `attention_mask`, int64 [batch, longest]: every text ends at the last column. */
const leftPadded = (sequences: readonly Int32Array[], padToken: number) => {
  const length = Math.max(...sequences.map((ids) => ids.length));
  const ids = new BigInt64Array(sequences.length * length).fill(BigInt(padToken));
  const mask = new BigInt64Array(sequences.length * length);
  sequences.forEach((tokens, row) => {
    const start = (row + 1) * length - tokens.length;
    tokens.forEach((token, i) => (ids[start + i] = BigInt(token)));
    mask.fill(1n, start, start + tokens.length);
  });
  const dims = [sequences.length, length];
  return {
    length,
    feeds: { input_ids: new Tensor("int64", ids, dims), attention_mask: new Tensor("int64", mask, dims) },
  };
};

const normalised = (row: Float32Array): Float32Array => {
  let sum = 0;
  for (const value of row) sum += value * value;
  const norm = Math.sqrt(sum);
  if (!(norm > 0) || !Number.isFinite(norm)) throw badVectors();
  return row.map((value) => value / norm);
};

const badVectors = () =>
  new StudioError(
    "vectors-invalid",
    "The model gave vectors that are not finite.",
    "Roll back to another version; this one can not be used.",
  );
