import { describe, expect, it, vi } from "vitest";
import { retryAfter } from "../../src/domain/retryAfter.ts";
import { retry, TransientFailure } from "./retry.ts";

const quick = { attempts: 3, first: 1, longest: 2 };

describe("retry", () => {
  it("goes on after failures that pass, and gives what came of it", async () => {
    const attempt = vi.fn(async (number: number) => {
      if (number < 3) throw new TransientFailure("busy");
      return number;
    });
    expect(await retry(attempt, quick)).toBe(3);
  });

  it("gives up after so many attempts, and at once for any other failure, whatever its type", async () => {
    const busy = vi.fn(() => Promise.reject(new TransientFailure("busy")));
    await expect(retry(busy, quick)).rejects.toThrow("busy");
    expect(busy).toHaveBeenCalledTimes(3);
    for (const failure of [new Error("broken"), new TypeError("a defect")]) {
      const broken = vi.fn(() => Promise.reject(failure));
      await expect(retry(broken, quick)).rejects.toBe(failure);
      expect(broken).toHaveBeenCalledTimes(1);
    }
  });

  it("waits at least as long as the other side asks, and not before a failure that is the last", async () => {
    const times: number[] = [];
    const failing = async () => {
      times.push(performance.now());
      throw new TransientFailure("busy", 60);
    };
    await expect(retry(failing, { ...quick, attempts: 2 })).rejects.toThrow("busy");
    const [first = 0, second = 0] = times;
    expect(second - first).toBeGreaterThan(55);
    expect(performance.now() - second).toBeLessThan(50);
  });

  it("ends its pause when it is stopped", async () => {
    const stopping = new AbortController();
    const failing = async () => {
      setTimeout(() => stopping.abort(new Error("stopped")), 5);
      throw new TransientFailure("busy", 60_000);
    };
    await expect(retry(failing, { first: 1, longest: 1, signal: stopping.signal })).rejects.toThrow();
    expect(stopping.signal.aborted).toBe(true);
  });
});

it("reads Retry-After as seconds or as a date", () => {
  expect(retryAfter("7")).toBe(7000);
  expect(retryAfter("0.05")).toBe(50);
  expect(retryAfter("Wed, 21 Oct 2026 07:28:10 GMT", Date.parse("Wed, 21 Oct 2026 07:28:00 GMT"))).toBe(10_000);
  expect(retryAfter("later")).toBeNull();
  expect(retryAfter(null)).toBeNull();
});
