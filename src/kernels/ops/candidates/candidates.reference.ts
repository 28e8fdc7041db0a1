import type { Tensor2D } from "@tensorflow/tfjs-core";
import type { Candidates } from "../../types.ts";
import { linearReference } from "../linear/linear.reference.ts";

/** Every j with `q_i · d_j ≥ t_i`, in the order of the documents. queries [n, width], documents [m, width], thresholds [n]. */
export const candidatesReference = async (
  queries: Tensor2D,
  documents: Tensor2D,
  thresholds: Float32Array,
  room: number,
): Promise<Candidates> => {
  const similarities = linearReference(queries, documents, null);
  const values = await similarities.data();
  similarities.dispose();
  const [n, m] = [queries.shape[0], documents.shape[0]];
  const counts = new Uint32Array(n);
  const rows = new Uint32Array(n * room);
  for (let i = 0; i < n; i++) {
    const threshold = thresholds[i] as number;
    let count = 0;
    for (let j = 0; j < m; j++) {
      if ((values[i * m + j] as number) < threshold) continue;
      if (count < room) rows[i * room + count] = j;
      count++;
    }
    counts[i] = count;
  }
  return { counts, rows };
};
