/** Runs one piece of work at a time, in the order asked. A failure does not stop the next. */
export class Mutex {
  #last: Promise<unknown> = Promise.resolve();

  run<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#last.then(work, work);
    this.#last = result.catch(() => undefined);
    return result;
  }

  /** Resolves when all that was asked so far has ended. */
  async settled(): Promise<void> {
    await this.#last;
  }
}
