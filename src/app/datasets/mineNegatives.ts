import type { MiningSettings } from "../../domain/dataset/index.ts";
import type { DatasetView, DataService } from "../../worker/data/protocol.ts";
import type { EngineService, Reading } from "../../worker/engine/protocol.ts";

export interface MiningPorts {
  data: Pick<DataService, "miningTexts" | "keepMined">;
  engine: Pick<EngineService, "nearest">;
}

/**
 * Mines hard negatives with the base from the training side and the corpus, and keeps them with the data set. Texts and
 * vectors go between the two workers; the page only hands them on.
 */
export const mineNegatives = async (
  dataset: DatasetView,
  splitHash: string,
  reading: Reading,
  made: MiningSettings,
  { data, engine }: MiningPorts,
  onProgress: (done: number, total: number) => void,
  signal: AbortSignal,
): Promise<DatasetView> => {
  const { id } = dataset.summary;
  const { depth, texts } = await data.miningTexts(id, made);
  const nearest = await engine.nearest({ ...reading, k: depth }, texts, onProgress, signal);
  signal.throwIfAborted();
  return data.keepMined(id, splitHash, made, nearest);
};
