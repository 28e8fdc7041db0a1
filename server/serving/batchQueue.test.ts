import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
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
    expect(a.map(([length, first]) => [length, first])).toEqual([
      [5, 1],
      [6, 2],
      [7, 3],
    ]);
    expect(b.map(([length, first]) => [length, first])).toEqual([
      [6, 1],
      [5, 2],
    ]);
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

  it("runs texts of other lengths apart rather than pad for them, and long ones apart from short", async () => {
    const session = held();
    session.release();
    const queue = new BatchQueue(session.run);
    const lengths = [8, 500, 9, 60, 10, 62, 8, 490, 64];
    const vectors = await queue.submit(ids(...lengths), "interactive");
    expect(vectors.map(([length]) => length)).toEqual(lengths);
    expect(session.batches.map((batch) => batch.toSorted((a, b) => a - b))).toEqual([
      [8, 8, 9, 10],
      [490, 500],
      [60, 62, 64],
    ]);
    session.batches.length = 0;
    await new BatchQueue(session.run, { ...DEFAULT_LIMITS, padding: Infinity }).submit(ids(8, 60, 500), "interactive");
    expect(session.batches).toHaveLength(1);
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

  describe("on a slow machine", () => {
    // Its time is the test's own: how fast this machine is changes nothing.
    beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] }));
    afterEach(() => void vi.useRealTimers());
    /** Lets time pass until something is done. */
    const after = async <T>(work: Promise<T>): Promise<T> => {
      let done = false;
      const end = () => (done = true);
      work.then(end, end);
      while (!done) {
        await new Promise(setImmediate);
        await vi.advanceTimersByTimeAsync(1);
      }
      return work;
    };
    /** 100 tokens in about 20 ms: 5,000 a second. */
    const slow = (limits: Partial<typeof DEFAULT_LIMITS> = {}) => {
      const batches: number[] = [];
      const run = async (sequences: readonly Int32Array[]) => {
        batches.push(sequences.length);
        await new Promise((resolve) => setTimeout(resolve, 20));
        return sequences.map(() => Float32Array.of(1));
      };
      const queue = new BatchQueue(run, { ...DEFAULT_LIMITS, batchTokens: 100, timeoutMs: 400, ...limits });
      return { queue, batches };
    };
    const texts = (count: number) => ids(...Array<number>(count).fill(50));
    const refusal = (promise: Promise<unknown>) =>
      after(promise).then(
        () => expect.unreachable("it was served"),
        (thrown: unknown) => thrown as HttpProblem,
      );

    it("ends what cannot be done in time after its first batches, then refuses it at once with the size that fits", async () => {
      const { queue, batches } = slow();
      const started = performance.now();
      const first = await refusal(queue.submit(texts(200), "interactive"));
      expect(performance.now() - started).toBeLessThan(300);
      expect(batches.length).toBeLessThan(10);
      const before = batches.length;
      const again = await refusal(queue.submit(texts(200), "interactive"));
      expect(batches.length - before).toBeLessThanOrEqual(1);
      for (const refused of [first, again]) {
        expect(refused).toMatchObject({ status: 413, code: "embedding-too-slow" });
        expect(refused.headers).toEqual({}); // Sent again it would fail again.
        expect(refused.message).toMatch(/^200 texts of 10,000 tokens would take this server about \d+ s/);
      }
      const [, fitting] = /at most (\d+) texts/.exec(again.hint) ?? [];
      expect(Number(fitting)).toBeGreaterThan(10);
      expect(await after(queue.submit(texts(Number(fitting)), "interactive"))).toHaveLength(Number(fitting));
    });

    it("tells when there is time for it where others go before, and takes it then", async () => {
      const { queue } = slow({ timeoutMs: 3000 });
      await after(queue.submit(texts(6), "interactive"));
      const large = queue.submit(texts(220), "interactive");
      const refused = await refusal(queue.submit(texts(200), "interactive"));
      expect(refused).toMatchObject({ status: 429, code: "embedding-busy" });
      const seconds = Number(refused.headers["retry-after"]);
      expect(seconds).toBeGreaterThanOrEqual(2);
      expect(seconds).toBeLessThanOrEqual(4);
      await after(new Promise((resolve) => setTimeout(resolve, seconds * 1000)));
      expect(await after(queue.submit(texts(200), "interactive"))).toHaveLength(200);
      expect(await after(large)).toHaveLength(220);
    });

    it("does not take the time of short searches for the speed of bulk work", async () => {
      const { queue } = slow({ timeoutMs: 3000 });
      for (let i = 0; i < 5; i++) await after(queue.submit(ids(5), "interactive")); // 250 tokens a second
      expect(await after(queue.submit(texts(100), "interactive"))).toHaveLength(100);
    });
  });
});
