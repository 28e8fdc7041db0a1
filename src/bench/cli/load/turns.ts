import { setTimeout as sleep } from "node:timers/promises";
import { at } from "../../../domain/present.ts";
import { quantile } from "../../../domain/quantile.ts";

/** What one peer took in each round, in milliseconds a request. */
export interface Taken {
  clock: number[];
  /** Of all threads of this process. */
  processor: number[];
}

/** How much is measured: rounds for so many seconds, and `leastRounds` in any case. */
export interface Amount {
  leastRounds: number;
  /** Counted runs of a turn. */
  runs: number;
  seconds: number;
}

/** The process rests once it takes less than a tenth of a core for so long. */
const REST_MS = 20;
const PATIENCE_MS = 2000;

/**
 * Waits until no thread of this process works any more: those of onnxruntime as it is by default go on spinning for a tenth of a second
 * after a run, and would take a core from whoever has the next turn.
 */
const rest = async (): Promise<void> => {
  const patience = performance.now() + PATIENCE_MS;
  for (let busy = true; busy && performance.now() < patience;) {
    const before = process.cpuUsage();
    await sleep(REST_MS);
    const { user, system } = process.cpuUsage(before);
    busy = (user + system) / 1000 > REST_MS / 10;
  }
};

/**
 * Peers in turns. In its turn, begun at rest, each does the same work: once uncounted, so that its threads and the caches are its own, then
 * `runs` times. What a turn tells is the median of its runs. Who begins changes each round.
 */
export const takeTurns = async <Name extends string>(
  peers: Record<Name, (run: number) => Promise<unknown>>,
  { leastRounds, runs, seconds }: Amount,
): Promise<Record<Name, Taken>> => {
  const names = Object.keys(peers) as Name[];
  const taken = Object.fromEntries(names.map((name) => [name, { clock: [], processor: [] }])) as unknown as Record<
    Name,
    Taken
  >;
  const until = performance.now() + 1000 * seconds;
  for (let round = 0; round < leastRounds || performance.now() < until; round++) {
    const turns = names.map((_, turn) => at(names, (round + turn) % names.length));
    for (const name of round % 2 ? turns.reverse() : turns) {
      await rest();
      await peers[name](round * runs);
      const [clock, processor]: [number[], number[]] = [[], []];
      for (let run = 0; run < runs; run++) {
        const [started, before] = [performance.now(), process.cpuUsage()];
        await peers[name](round * runs + run);
        clock.push(performance.now() - started);
        const { user, system } = process.cpuUsage(before);
        processor.push((user + system) / 1000);
      }
      taken[name].clock.push(quantile(clock, 0.5));
      taken[name].processor.push(quantile(processor, 0.5));
    }
  }
  return taken;
};
