import { join } from "node:path";
import { InferenceSession, Tensor } from "onnxruntime-node";
import { StudioError } from "../../src/domain/errors.ts";
import { BASE_GRAPH, lastTokenVectors, leftPadded } from "../../src/domain/onnx/index.ts";

/** A loaded graph: token ids in, unit vectors out. */
export interface EmbeddingSession {
  readonly dimension: number;
  /** One L2-normalized vector for each sequence, in order. Sequences are padded on the left and pooled at the last token. */
  run(sequences: readonly Int32Array[]): Promise<Float32Array[]>;
  close(): Promise<void>;
}

/**
 * How the threads of a session wait. Between the operators of one run they spin, since waking them costs more than many an operator of
 * one short text takes. For longer they sleep: the same cores answer requests and run the database.
 */
export const BRIEF_SPIN = {
  session: { intra_op: { allow_spinning: "1", spin_duration_us: "20" }, inter_op: { allow_spinning: "0" } },
};

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
      extra: BRIEF_SPIN,
    });
  } catch (cause) {
    throw new StudioError(
      "onnx-unreadable",
      "The model's ONNX form cannot be loaded.",
      `Remove ${folder}; the server writes it again.`,
      { cause },
    );
  }
  return {
    dimension: options.dimension,
    run: async (sequences) => {
      const { ids, mask, dims } = leftPadded(sequences, options.padToken);
      const output = await session.run({
        input_ids: new Tensor("int64", ids, dims),
        attention_mask: new Tensor("int64", mask, dims),
      });
      const state = output.last_hidden_state as Tensor;
      const vectors = lastTokenVectors({ data: state.data as Float32Array, dims: state.dims }, options.dimension);
      state.dispose();
      return vectors;
    },
    close: () => session.release(),
  };
};
