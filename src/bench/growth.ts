import { DEFAULT_HYPERPARAMETERS } from "../domain/training/types.ts";
import { LoraAdapter } from "../engine/model/lora.ts";
import type { Qwen3Model } from "../engine/model/model.ts";
import { Trainer } from "../engine/training/trainer.ts";
import type { KernelSession } from "../kernels/index.ts";
import { ourModel } from "./ourPeer.ts";
import { type BenchModel, examplesOf, LORA, raggedTexts } from "./workload.ts";

export interface GrowthRow {
  what: "batch size" | "tokens a text" | "rows of data";
  value: number;
  tokens: number;
  seconds: number;
  tokensPerSecond: number;
  /** Device bytes, pools included. Pools never shrink, so this is the peak of everything so far. */
  bytes: number;
  /** Laying out all batches of the run. */
  planSeconds: number;
}

/** Pairs embedded at once (GradCache), whatever the batch. */
const CHUNK = 8;
const EOS = 8190;

const uniformTexts = (count: number, length: number): number[][] =>
  Array.from({ length: count }, (_, i) => [...Array.from({ length: length - 1 }, (_, j) => (i * 31 + j) % EOS), EOS]);

/** How a step of the studio's trainer grows: with the batch at a fixed chunk, with the texts' length, with the data set. */
export const benchGrowth = async (
  session: KernelSession,
  bench: BenchModel,
  note: (line: string) => void,
): Promise<{ rows: GrowthRow[] }> => {
  const model = await ourModel(session, bench);
  const rows: GrowthRow[] = [];
  const measure = async (what: GrowthRow["what"], value: number, batchSize: number, texts: number[][]) => {
    const row = await growthRow(session, model, batchSize, texts);
    rows.push({ what, value, ...row });
    note(`${what} ${value}: ${row.tokensPerSecond.toFixed(0)} tokens/s, ${(row.bytes / 2 ** 20).toFixed(1)} MiB`);
  };
  const ragged = (pairs: number) => raggedTexts(2 * pairs, { eos: EOS, seed: 11, longest: 256 });
  for (const pairs of [8, 32, 64, 128, 256]) await measure("batch size", pairs, pairs, ragged(pairs));
  for (const pairs of [128, 1024, 8192]) await measure("rows of data", pairs, 32, ragged(pairs));
  for (const length of [16, 64, 256]) await measure("tokens a text", length, 8, uniformTexts(16, length));
  model.dispose();
  return { rows };
};

const growthRow = async (session: KernelSession, model: Qwen3Model, batchSize: number, texts: number[][]) => {
  const adapter = LoraAdapter.create(session.kernels, model.config, { ...LORA, seed: 7 });
  const planning = performance.now();
  const trainer = new Trainer(model, adapter, examplesOf(texts), {
    ...DEFAULT_HYPERPARAMETERS,
    ...LORA,
    batchSize,
    chunkSize: CHUNK,
    epochs: 2,
  });
  const planSeconds = (performance.now() - planning) / 1000;
  await trainer.step();
  const started = performance.now();
  const { tokens } = await trainer.step();
  const seconds = (performance.now() - started) / 1000;
  const { bytes } = session.memory();
  adapter.dispose();
  return { tokens, seconds, tokensPerSecond: tokens / seconds, bytes, planSeconds };
};
