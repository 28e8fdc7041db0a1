import { setImmediate as turn } from "node:timers/promises";
import { toProblem } from "../../src/domain/errors.ts";
import type { Keywords, Place } from "./keywords.ts";

/** Passages listed at once: counting their words takes some 20 ms. */
const BATCH = 100;
const AGAIN_MS = 30_000;

/**
 * Lists the words of passages that were stored before keyword search was there, batch by batch; a server that is started again goes on
 * where the last one stopped. Keyword search waits for its end, since it would miss passages until then.
 */
export class KeywordFill {
  #after: Place | null = null;
  #done = 0;
  #problem: string | null = null;
  #ready = false;
  #closed = false;
  #running: Promise<void> = Promise.resolve();
  #timer: NodeJS.Timeout | null = null;

  constructor(
    private readonly keywords: Keywords,
    private readonly onFailure: (thrown: unknown) => void,
  ) {}

  /** Whether every passage can be found by its words. */
  get ready(): boolean {
    return this.#ready;
  }

  /** What a person is told. */
  get words(): string {
    if (this.#ready) return "Every passage can be found by its words.";
    const failed = this.#problem ? ` It stopped: ${this.#problem} It is tried again every 30 seconds.` : "";
    return `The words of older documents are still being listed, ${this.#done} passages so far.${failed}`;
  }

  /** Resolves after the first batch, which is the last where nothing is missing; the others follow in the background. */
  async start(): Promise<void> {
    await this.#step();
    if (!this.#ready) this.#running = this.#run();
  }

  /** Resolves when the background work rests: all is listed, it failed, or it was closed. */
  settled(): Promise<void> {
    return this.#running;
  }

  async close(): Promise<void> {
    this.#closed = true;
    if (this.#timer) clearTimeout(this.#timer);
    await this.#running;
  }

  async #run(): Promise<void> {
    try {
      while (!this.#ready && !this.#closed) {
        await turn();
        await this.#step();
      }
      this.#problem = null;
    } catch (thrown) {
      this.#problem = toProblem(thrown).message;
      this.onFailure(thrown);
      if (!this.#closed) this.#timer = setTimeout(() => (this.#running = this.#run()), AGAIN_MS).unref();
    }
  }

  async #step(): Promise<void> {
    this.#after = await this.keywords.fill(this.#after, BATCH);
    if (this.#after === null) this.#ready = true;
    else this.#done += BATCH;
  }
}
