/** A queue between events that come fast and whoever takes them a few times a second. */
export interface EventBatches<T> {
  push(event: T): void;
  /** Hands over what waits; resolves when everything pushed so far was taken. */
  flush(): Promise<void>;
}

/**
 * @param everyMs  how long events wait at most
 * @param take     gets the batches one after another, in order; it must not reject
 */
export const eventBatches = <T>(everyMs: number, take: (batch: T[]) => Promise<void>): EventBatches<T> => {
  let waiting: T[] = [];
  let timer: ReturnType<typeof setTimeout> | null = null;
  let taking = Promise.resolve();
  const flush = (): Promise<void> => {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    const batch = waiting;
    waiting = [];
    if (batch.length > 0) taking = taking.then(() => take(batch));
    return taking;
  };
  return {
    push(event) {
      waiting.push(event);
      timer ??= setTimeout(() => void flush(), everyMs);
    },
    flush,
  };
};
