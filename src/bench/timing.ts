import { at, entry } from "../domain/present.ts";

/** Seconds of each peer in each round, taken in turn so that a machine's slow minutes meet all of them. */
export const interleave = async <P extends { name: string }>(
  peers: readonly P[],
  rounds: number,
  work: (peer: P, round: number) => Promise<void>,
  note: (line: string) => void,
): Promise<Map<string, number[]>> => {
  const seconds = new Map(peers.map(({ name }) => [name, [] as number[]]));
  for (let round = 0; round < rounds; round += 1)
    for (const peer of peers) {
      const started = performance.now();
      await work(peer, round);
      const taken = (performance.now() - started) / 1000;
      entry(seconds, peer.name).push(taken);
      note(`round ${round + 1}/${rounds} ${peer.name}: ${taken.toFixed(2)} s`);
    }
  return seconds;
};

export const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? at(sorted, middle) : (at(sorted, middle - 1) + at(sorted, middle)) / 2;
};
