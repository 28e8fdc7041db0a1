import { StudioError } from "../../domain/errors.ts";

/** What a page may ask of a run while it goes on; the run looks at it between two steps. */
export class RunControl {
  private readonly before = new AbortController();
  private paused = false;
  private stopped = false;
  /** Steps done so far, as the run tells. */
  stepsDone: number;
  private wake: () => void = () => undefined;
  private waiting: { resolve: (file: Uint8Array) => void; reject: (error: unknown) => void }[] = [];

  /** @param resumedAt the step of the checkpoint that the run goes on from */
  constructor(resumedAt = 0) {
    this.stepsDone = resumedAt;
  }

  pause(): void {
    this.paused = true;
  }

  resume(): void {
    this.paused = false;
    this.wake();
  }

  stop(): void {
    this.stopped = true;
    this.before.abort(
      new StudioError(
        "run-stopped",
        "The run was stopped before its first step, so nothing was trained.",
        "Start it again when you are ready.",
      ),
    );
    this.wake();
  }

  /** For the run: ends what it does before its first step, where a stop keeps nothing. Its reason is `run-stopped`. */
  get beforeFirstStep(): AbortSignal {
    return this.before.signal;
  }

  get stopRequested(): boolean {
    return this.stopped;
  }

  get pauseRequested(): boolean {
    return this.paused && !this.stopped;
  }

  /** For the run: whether something was asked that needs the state between two steps. */
  get wanted(): boolean {
    return this.pauseRequested || this.waiting.length > 0;
  }

  /** A checkpoint, taken by the run between two steps (also while it is paused). */
  checkpoint(): Promise<Uint8Array> {
    const asked = new Promise<Uint8Array>((resolve, reject) => this.waiting.push({ resolve, reject }));
    this.wake();
    return asked;
  }

  /** For the run: answers what was asked for. */
  async serve(take: () => Promise<Uint8Array>): Promise<void> {
    const asked = this.waiting.splice(0);
    if (asked.length === 0) return;
    try {
      const file = await take();
      asked.forEach(({ resolve }) => resolve(file));
    } catch (error) {
      asked.forEach(({ reject }) => reject(error));
    }
  }

  /** For the run: waits until something was asked. */
  async sleep(): Promise<void> {
    if (!this.pauseRequested || this.waiting.length > 0) return;
    await new Promise<void>((resolve) => (this.wake = resolve));
  }

  /** For the run: nobody is left waiting when it ends in an error. */
  fail(error: unknown): void {
    this.waiting.splice(0).forEach(({ reject }) => reject(error));
  }
}
