/** Turns pushed events into an async iterable: callbacks on one side, `for await` on the other. */
export interface EventQueue<T> extends AsyncIterable<T> {
  push(event: T): void;
  /** Ends the iteration once everything pushed so far was taken. */
  close(): void;
}

export const eventQueue = <T>(): EventQueue<T> => {
  const waiting: T[] = [];
  let closed = false;
  let wake: (() => void) | null = null;
  const signal = () => {
    wake?.();
    wake = null;
  };
  return {
    push(event) {
      waiting.push(event);
      signal();
    },
    close() {
      closed = true;
      signal();
    },
    async *[Symbol.asyncIterator]() {
      for (;;) {
        for (let event = waiting.shift(); event !== undefined; event = waiting.shift()) yield event;
        if (closed) return;
        await new Promise<void>((resolve) => (wake = resolve));
      }
    },
  };
};
