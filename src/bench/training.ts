import * as tf from "@tensorflow/tfjs-core";
import { entry } from "../domain/present.ts";
import type { KernelSession } from "../kernels/index.ts";
import { jaxJsPeer } from "./jaxPeer.ts";
import { ourPeer } from "./ourPeer.ts";
import { tfjsPeer } from "./tfjsPeer.ts";
import { interleave, median } from "./timing.ts";
import { type BenchBatch, type BenchModel, realTokens, type TrainingPeer, typicalLengths } from "./workload.ts";

export interface TrainingResult {
  workload: string;
  pairs: number;
  tokens: number;
  /** Real tokens a text: median and 95th percentile. */
  lengths: { median: number; p95: number };
  /** Padded over real tokens, for the peers that pad. */
  padding: number;
  rows: { name: string; seconds: number; tokensPerSecond: number; firstLoss: number; ratio: number }[];
}

/** Tokens a batch takes when queries and documents are each padded to their longest. */
const paddedTokens = ({ queries, documents }: BenchBatch): number =>
  [queries, documents].reduce((sum, texts) => sum + texts.length * Math.max(...texts.map((ids) => ids.length)), 0);

/**
 * One training step, ours against peers, on the same batch. The first step warms up (shaders, `jit`) and gives the loss, which
 * must agree between all: LoRA's B is zero, so it is the base model's own.
 *
 * @throws Error when a peer computes another loss, which would make its time meaningless
 */
export const benchTraining = async (
  session: KernelSession,
  model: BenchModel,
  options: { workload: string; batch: BenchBatch; rounds: number; peers: string[]; note: (line: string) => void },
): Promise<TrainingResult> => {
  const { batch, rounds, note } = options;
  const capacity = Math.ceil(realTokens(batch) / 64) * 64;
  const pairs = batch.queries.length;
  const ours = await ourPeer(session, model, { name: "recall-studio", chunkSize: pairs, capacity });
  const peers: TrainingPeer[] = [ours];
  if (options.peers.includes("tfjs")) {
    tf.env().set("WEBGPU_MATMUL_PROGRAM_TYPE", 3);
    peers.push(tfjsPeer(model));
  }
  if (options.peers.includes("jax")) peers.push(await jaxJsPeer(model));

  const firstLoss = new Map<string, number>();
  for (const peer of peers) {
    const loss = await peer.step(batch);
    firstLoss.set(peer.name, loss);
    note(`warm-up ${peer.name}: loss ${loss.toFixed(5)}`);
  }
  const own = entry(firstLoss, ours.name);
  for (const [name, loss] of firstLoss)
    if (!(Math.abs(loss - own) < 2e-3 * Math.max(1, Math.abs(own))))
      throw new Error(`${name} computes the loss ${loss}, not ${own}: its time means nothing`);

  const seconds = await interleave(peers, rounds, async (peer) => void (await peer.step(batch)), note);
  for (const peer of peers) await peer.dispose();
  const tokens = realTokens(batch);
  const ownSeconds = median(entry(seconds, ours.name));
  return {
    workload: options.workload,
    pairs,
    tokens,
    lengths: typicalLengths([...batch.queries, ...batch.documents]),
    padding: paddedTokens(batch) / tokens,
    rows: peers.map(({ name }) => {
      const typical = median(entry(seconds, name));
      return {
        name,
        seconds: typical,
        tokensPerSecond: tokens / typical,
        firstLoss: entry(firstLoss, name),
        ratio: typical / ownSeconds,
      };
    }),
  };
};
