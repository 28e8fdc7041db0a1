import { TransientFailure, unreachable, type HubPlace } from "./protocol.ts";

export interface RetryOptions {
  /** Failures in a row without any progress between them. */
  tries: number;
  /** Wait before the second try; doubles each time, at most 30 s. */
  firstDelayMs: number;
}

export const DEFAULT_RETRY: RetryOptions = { tries: 6, firstDelayMs: 500 };

/**
 * Runs `attempt` until it succeeds, with waits that double while it makes no progress.
 * @param progress a number that grows when something was gained; growth starts the count anew
 * @throws StudioError `hub-unreachable` when the tries are used up; other errors at once; the signal's reason on abort
 */
export const withRetries = async <T>(
  place: HubPlace,
  { tries, firstDelayMs }: RetryOptions,
  attempt: () => Promise<T>,
  signal?: AbortSignal,
  progress: () => number = () => 0,
): Promise<T> => {
  let failures = 0;
  for (;;) {
    signal?.throwIfAborted();
    const before = progress();
    try {
      return await attempt();
    } catch (thrown) {
      if (!(thrown instanceof TransientFailure)) throw thrown;
      failures = progress() > before ? 1 : failures + 1;
      if (failures >= tries) throw unreachable(place, thrown);
      // Up to a fifth of chance, so that many clients do not come back in step.
      const delay = Math.min(30_000, firstDelayMs * 2 ** (failures - 1)) * (1 + Math.random() / 5);
      await sleep(thrown.retryAfterMs ?? delay, signal);
    }
  }
};

const sleep = (ms: number, signal?: AbortSignal): Promise<void> =>
  new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(signal?.reason as Error);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", stop);
      resolve();
    }, ms);
    signal?.addEventListener("abort", stop, { once: true });
  });
