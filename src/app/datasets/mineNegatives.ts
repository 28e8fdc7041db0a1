import { minedLabels, miningDepth, type MinedLabels, type MiningSettings } from "../../domain/dataset/index.ts";
import type { Split } from "../../domain/dataset/types.ts";
import type { DataRows, DataService } from "../../worker/data/protocol.ts";
import type { EngineService, Reading } from "../../worker/engine/protocol.ts";

export interface MiningPorts {
  data: Pick<DataService, "planMining" | "mine">;
  engine: Pick<EngineService, "embed" | "rank">;
}

/** Texts embedded in one call: progress and a stop come between two of them. */
const CHUNK = 256;

/**
 * Mines hard negatives with the base from the training side and the corpus.
 *
 * @throws the signal's reason when it is aborted
 */
export const mineNegatives = async (
  rows: DataRows,
  split: Split,
  reading: Reading,
  made: MiningSettings,
  { data, engine }: MiningPorts,
  onProgress: (done: number, total: number) => void,
  signal: AbortSignal,
): Promise<MinedLabels> => {
  const plan = await data.planMining(rows, split);
  const total = plan.queries.length + plan.documents.length;
  const embed = async (texts: readonly string[], kind: "query" | "document", before: number) => {
    let all = new Float32Array();
    let dim = 0;
    for (let first = 0; first < texts.length; first += CHUNK) {
      signal.throwIfAborted();
      onProgress(before + first, total);
      const part = await engine.embed(texts.slice(first, first + CHUNK), kind, "baseline", 1, reading);
      if (dim === 0) {
        dim = part.dim;
        all = new Float32Array(texts.length * dim);
      }
      all.set(part.data, first * dim);
    }
    return { data: all, dim };
  };
  const documents = await embed(plan.documents, "document", 0);
  const queries = await embed(plan.queries, "query", plan.documents.length);
  onProgress(total, total);
  signal.throwIfAborted();
  const { numNegatives, relativeMargin } = made;
  const ranked = await engine.rank({
    queryEmbeddings: queries.data,
    corpusEmbeddings: documents.data,
    dim: queries.dim,
    k: miningDepth(plan, { numNegatives, relativeMargin }),
  });
  signal.throwIfAborted();
  const embeddings = { queries: queries.data, documents: documents.data, dim: queries.dim };
  const mined = await data.mine(plan, embeddings, { numNegatives, relativeMargin, ranked });
  signal.throwIfAborted();
  return minedLabels(plan, mined, split.hash, made);
};
