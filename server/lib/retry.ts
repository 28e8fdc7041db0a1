import { setTimeout as sleep } from "node:timers/promises";
import pRetry from "p-retry";

/** A failure that may pass by itself. */
export class TransientFailure extends Error {
  constructor(
    message: string,
    /** How long the other side asks to wait (`Retry-After`), in milliseconds. */
    readonly afterMs: number | null = null,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

export interface RetryOptions {
  /** Attempts in all; left out, it is tried for ever. */
  attempts?: number;
  /** Pause before the second attempt, in milliseconds; it doubles each time. */
  first: number;
  /** No pause of our own is longer than this, in milliseconds. */
  longest: number;
  signal?: AbortSignal;
  /** How a pause is made. */
  wait?: (milliseconds: number, signal?: AbortSignal) => Promise<void>;
}

const pauseFor = (milliseconds: number, signal?: AbortSignal): Promise<void> =>
  sleep(milliseconds, undefined, { signal });

/**
 * Runs `attempt` until it succeeds or throws anything but a `TransientFailure`. Half of each pause is drawn by lot, so
 * that many callers do not come back in step; what the other side asks for is a lower bound.
 * @throws what the last attempt threw; the signal's reason once it aborts
 */
export const retry = <T>(
  attempt: (number: number) => Promise<T>,
  { attempts = Infinity, first, longest, signal, wait = pauseFor }: RetryOptions,
): Promise<T> =>
  pRetry(attempt, {
    retries: attempts - 1,
    minTimeout: 0, // The pause is made below, where the failure's own wish is known.
    signal,
    shouldRetry: async ({ error, attemptNumber }) => {
      if (!(error instanceof TransientFailure)) return false;
      const pause = Math.min(longest, first * 2 ** (attemptNumber - 1));
      await wait(Math.max(error.afterMs ?? 0, pause * (0.5 + Math.random() / 2)), signal);
      return true;
    },
  });
