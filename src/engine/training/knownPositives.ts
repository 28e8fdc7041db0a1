import * as tf from "@tensorflow/tfjs-core";
import type { Tensor2D } from "@tensorflow/tfjs-core";
import { at } from "../../domain/present.ts";
import type { TokenizedExamples, TokenizedRow } from "./examples.ts";

/**
 * Which documents of a batch are known to answer a query whose own positive they are not, `[queries, documents]`: 1 where
 * that is so. Null when there is none.
 */
export const knownPositiveMask = (
  { identity, knownPositives }: TokenizedExamples,
  chunks: readonly TokenizedRow[][],
): Tensor2D | null => {
  const rows = chunks.flat();
  const documents = [...rows.map(({ positive }) => positive), ...rows.flatMap(({ negatives }) => negatives)];
  const mask = new Float32Array(rows.length * documents.length);
  let any = false;
  rows.forEach(({ query }, i) => {
    const known = knownPositives.get(at(identity, query));
    documents.forEach((document, j) => {
      if (i === j || !known?.has(at(identity, document))) return;
      mask[i * documents.length + j] = 1;
      any = true;
    });
  });
  return any ? tf.tensor2d(mask, [rows.length, documents.length]) : null;
};
