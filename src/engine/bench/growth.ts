import type { KernelSession } from "../../kernels/index.ts";
import { ourPeer } from "./ours.ts";
import { type BenchModel, raggedBatches, realTokens } from "./workload.ts";

export interface GrowthRow {
  what: string;
  batch: number;
  chunk: number;
  tokens: number;
  seconds: number;
  tokensPerSecond: number;
  /** Device bytes after the second step, pools included. */
  bytes: number;
}

const texts = { vocab: 8192, eos: 8190, maxTokens: 256 };

/** How a step's cost grows: with the batch at a fixed chunk (GradCache), and with the length of the texts. */
export const benchGrowth = async (
  session: KernelSession,
  model: BenchModel,
  note: (line: string) => void,
): Promise<GrowthRow[]> => {
  const chunk = 8;
  const rows: GrowthRow[] = [];
  const measure = async (what: string, pairs: number, maxTokens: number, capacity: number, exact: boolean) => {
    const [batch] = raggedBatches({ ...texts, batches: 1, pairs, seed: 11, maxTokens });
    if (exact)
      for (const list of [batch.queries, batch.documents])
        list.forEach(
          (ids, i) =>
            (list[i] = [
              ...Array.from({ length: maxTokens - 1 }, (_, j) => (ids[j % ids.length] + j) % texts.eos),
              texts.eos,
            ]),
        );
    const peer = await ourPeer(session, model, { name: what, chunkSize: chunk, capacity });
    await peer.step(batch);
    const started = performance.now();
    await peer.step(batch);
    const seconds = (performance.now() - started) / 1000;
    const { bytes } = session.memory();
    await peer.dispose();
    const tokens = realTokens(batch);
    rows.push({ what, batch: pairs, chunk, tokens, seconds, tokensPerSecond: tokens / seconds, bytes });
    note(`${what} ${pairs}: ${(tokens / seconds).toFixed(0)} tokens/s, ${(bytes / 2 ** 20).toFixed(1)} MiB`);
  };
  const capacity = 2048; // holds the largest chunk of every batch size, so that only the batch differs
  for (const pairs of [8, 32, 64, 128, 256]) await measure("batch size", pairs, texts.maxTokens, capacity, false);
  for (const length of [16, 64, 256]) await measure(`length ${length}`, 8, length, 2 * 8 * length, true);
  return rows;
};
