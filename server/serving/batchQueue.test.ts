import { describe, expect, it } from "vitest";
import { HttpProblem } from "../lib/httpProblem.ts";
import { BatchQueue, DEFAULT_LIMITS } from "./batchQueue.ts";

const ids = (...lengths: number[]) => lengths.map((length, i) => new Int32Array(length).fill(i + 1));
/** A session whose batches end when the test says so; the vector of a sequence holds its length and first token. */
const held = () => {
  const batches: number[][] = [];
  const open: (() => void)[] = [];
  let free = false;
  const run = async (sequences: readonly Int32Array[]) => {
    batches.push(sequences.map(({ length }) => length));
    if (!free) await new Promise<void>((resolve) => open.push(resolve));
    return sequences.map((sequence) => Float32Array.of(sequence.length, sequence[0] as number));
  };
  return {
    batches,
    run,
    step: () => open.shift()?.(),
    release: () => ((free = true), open.splice(0).forEach((go) => go())),
  };
};
const turn = () => new Promise((resolve) => setTimeout(resolve, 5));

describe("BatchQueue", () => {
  it("gathers requests that come together into one batch, and gives each its own vectors in order", async () => {
    const session = held();
    session.release();
    const queue = new BatchQueue(session.run);
    const [a, b] = await Promise.all([
      queue.submit(ids(5, 6, 7), "interactive"),
      queue.submit(ids(6, 5), "interactive"),
    ]);
    expect(session.batches).toHaveLength(1);
    expect(a.map(([length, first]) => [length, first])).toEqual([[5, 1], [6, 2], [7, 3]]); // prettier-ignore
    expect(b.map(([length, first]) => [length, first])).toEqual([[6, 1], [5, 2]]); // prettier-ignore
  });

  it("keeps batches within padded tokens and within the square that attention needs", async () => {
    const session = held();
    session.release();
    const queue = new BatchQueue(session.run);
    await queue.submit(ids(2048, 2048, 10, 1000, 1000, 1000, 1000, 1000), "interactive");
    for (const batch of session.batches) {
      const longest = Math.max(...batch);
      expect(longest * batch.length).toBeLessThanOrEqual(4096);
      expect(longest ** 2 * batch.length).toBeLessThanOrEqual(2048 ** 2);
    }
    expect(session.batches.flat()).toHaveLength(8);
  });

  it("refuses with 429 and Retry-After when too many wait, and takes them again later", async () => {
    const session = held();
    const queue = new BatchQueue(session.run, { ...DEFAULT_LIMITS, waiting: 4, batchSize: 1 });
    const first = queue.submit(ids(3), "interactive");
    await turn();
    const waiting = queue.submit(ids(3, 3, 3, 3), "interactive");
    const refused = await queue.submit(ids(3), "interactive").catch((thrown: unknown) => thrown);
    expect(refused).toBeInstanceOf(HttpProblem);
    expect(refused).toMatchObject({ status: 429, code: "embedding-busy" });
    expect(Number((refused as HttpProblem).headers["retry-after"])).toBeGreaterThanOrEqual(1);
    const background = queue.submit(ids(3, 3, 3, 3, 3, 3), "background"); // waits, is never refused
    session.release();
    expect(await first).toHaveLength(1);
    expect(await waiting).toHaveLength(4);
    expect(await background).toHaveLength(6);
    expect(await queue.submit(ids(3), "interactive")).toHaveLength(1);
  });

  it("lets the background go on while searches never stop", async () => {
    const session = held();
    const queue = new BatchQueue(session.run, { ...DEFAULT_LIMITS, batchSize: 1 });
    const searches = Array.from({ length: 9 }, () => queue.submit(ids(3), "interactive"));
    const background = queue.submit(ids(50, 50), "background");
    session.release();
    await Promise.all([...searches, background]);
    expect(session.batches.findIndex(([length]) => length === 50)).toBe(3);
  });

  it("gives up after the time limit, and forgets what was aborted", async () => {
    const session = held();
    const queue = new BatchQueue(session.run, { ...DEFAULT_LIMITS, timeoutMs: 30, batchSize: 1 });
    const slow = queue.submit(ids(3), "interactive");
    await turn();
    const gone = new AbortController();
    const aborted = queue.submit(ids(4), "background", gone.signal);
    gone.abort();
    await expect(aborted).rejects.toMatchObject({ name: "AbortError" });
    await expect(slow).rejects.toMatchObject({ status: 503, code: "embedding-timeout" });
    expect(queue.depth).toBe(0);
    session.release();
  });

  it("passes a failure of the runtime to those of the batch alone", async () => {
    let fail = true;
    const queue = new BatchQueue(async (sequences) => {
      if (fail) throw new Error("broken");
      return sequences.map(() => Float32Array.of(1));
    });
    await expect(queue.submit(ids(3), "interactive")).rejects.toThrow("broken");
    fail = false;
    expect(await queue.submit(ids(3), "interactive")).toHaveLength(1);
  });
});
