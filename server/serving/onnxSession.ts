import { join } from "node:path";
import { InferenceSession, Tensor } from "onnxruntime-node";
import { StudioError } from "../../src/domain/errors.ts";
import { BASE_GRAPH, lastTokenVectors, leftPadded } from "../../src/domain/onnx/index.ts";
import { cpuSession } from "../lib/cpuSession.ts";

/** A loaded graph: token ids in, unit vectors out. */
export interface EmbeddingSession {
  readonly dimension: number;
  /** One L2-normalized vector for each sequence, in order. Sequences are padded on the left and pooled at the last token. */
  run(sequences: readonly Int32Array[]): Promise<Float32Array[]>;
  close(): Promise<void>;
}

/**
 * Opens a graph of a folder in onnxruntime on the CPU: `model.onnx`, or `graph` in its place, which reads the same data files.
 * `threads` 0 leaves the choice to the runtime.
 * @throws StudioError `onnx-unreadable`
 */
export const openSession = async (
  folder: string,
  options: { dimension: number; padToken: number; threads?: number; graph?: Uint8Array },
): Promise<EmbeddingSession> => {
  let session: InferenceSession;
  try {
    const threads = options.threads ?? 0;
    session = await (options.graph
      ? InferenceSession.create(options.graph, cpuSession(threads, folder))
      : InferenceSession.create(join(folder, BASE_GRAPH), cpuSession(threads)));
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
