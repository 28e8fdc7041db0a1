import { join } from "node:path";
import { StudioError } from "../../src/domain/errors.ts";
import { BASE_GRAPH, lastTokenVectors, leftPadded } from "../../src/domain/onnx/index.ts";
import { present } from "../../src/domain/present.ts";
import { cpuSession } from "../lib/cpuSession.ts";
import { GraphThread } from "../lib/graphThread.ts";

/** A loaded graph: token ids in, unit vectors out. */
export interface EmbeddingSession {
  readonly dimension: number;
  /** One L2-normalized vector for each sequence, in order. Sequences are padded on the left and pooled at the last token. */
  run(sequences: readonly Int32Array[]): Promise<Float32Array[]>;
  close(): Promise<void>;
}

/**
 * Opens a graph of a folder in onnxruntime on the CPU, in a thread of its own: `model.onnx`, or `graph` in its place, which reads the same
 * data files. `threads` 0 leaves the choice to the runtime; `onStopped` is told when the thread dies.
 * @throws StudioError `onnx-unreadable`, `model-stopped`
 */
export const openSession = async (
  folder: string,
  options: {
    dimension: number;
    padToken: number;
    threads?: number;
    graph?: Uint8Array;
    onStopped?: (cause: unknown) => void;
  },
): Promise<EmbeddingSession> => {
  const { threads = 0, graph, onStopped } = options;
  let thread: GraphThread;
  try {
    thread = await (graph
      ? GraphThread.open(graph, cpuSession(threads, folder), onStopped)
      : GraphThread.open(join(folder, BASE_GRAPH), cpuSession(threads), onStopped));
  } catch (cause) {
    if (cause instanceof StudioError) throw cause;
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
      const feeds = { input_ids: { data: ids, dims }, attention_mask: { data: mask, dims } };
      const state = await thread.run(feeds, "last_hidden_state");
      return lastTokenVectors(present(state, "last_hidden_state"), options.dimension);
    },
    close: () => thread.close(),
  };
};
