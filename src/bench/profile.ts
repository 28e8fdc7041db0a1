import type { KernelSession } from "../kernels/index.ts";
import { ourPeer } from "./ourPeer.ts";
import { type BenchBatch, type BenchModel, realTokens } from "./workload.ts";

export interface ProfileResult {
  workload: string;
  tokens: number;
  /** Of a step without timestamps, on the clock. */
  seconds: number;
  /** Device time of our kernels by entry point, longest first; tfjs' few small ops are not among them. */
  rows: { name: string; ms: number; runs: number; share: number }[];
}

/**
 * Where a training step's time goes, by timestamp queries around each dispatch.
 *
 * @throws Error on a device without `timestamp-query`
 */
export const benchProfile = async (
  session: KernelSession,
  model: BenchModel,
  { workload, batch }: { workload: string; batch: BenchBatch },
): Promise<ProfileResult> => {
  const tokens = realTokens(batch);
  const capacity = Math.ceil(tokens / 64) * 64;
  const peer = await ourPeer(session, model, { name: "recall-studio", chunkSize: batch.queries.length, capacity });
  await peer.step(batch); // compiles
  const started = performance.now();
  await peer.step(batch);
  const seconds = (performance.now() - started) / 1000;
  const profile = await session.profile(async () => void (await peer.step(batch)));
  await peer.dispose();
  if (profile === null) throw new Error("this device has no timestamp queries, so there is no profile");
  const total = [...profile.values()].reduce((sum, { ms }) => sum + ms, 0);
  const rows = [...profile].map(([name, { ms, runs }]) => ({ name, ms, runs, share: ms / total }));
  return { workload, tokens, seconds, rows: rows.sort((a, b) => b.ms - a.ms) };
};
