/** Work on the models in memory that nobody waits for, and that gives way to whatever changes them. */
export class Measurements {
  private readonly under = new Map<AbortController, Promise<unknown>>();

  /** Begins one; the signal it is given aborts with the caller's, or when it is given up. */
  async run<T>(signal: AbortSignal, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const control = new AbortController();
    // Noted before anything is waited for: who changes the models next must know of it.
    const result = work(AbortSignal.any([signal, control.signal]));
    this.under.set(
      control,
      result.catch(() => undefined),
    );
    try {
      return await result;
    } finally {
      this.under.delete(control);
    }
  }

  /** Gives all of them up, and resolves when none uses the models any more. */
  async giveUp(): Promise<void> {
    for (const control of this.under.keys()) control.abort();
    await this.ended();
  }

  /** Resolves when those of now have ended. */
  async ended(): Promise<void> {
    await Promise.all(this.under.values());
  }
}
