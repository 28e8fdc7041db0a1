/** A sixteenth of a full batch tells the speed of bulk work, whose batches are of one length each; smaller ones are mostly overhead. */
const TELLING_SHARE = 1 / 16;
/** Weight of the newest batch. */
const WEIGHT = 0.3;
/** The first batch warms the runtime up; forecasts begin with the second. */
const RELIABLE_FROM = 2;
/** Used for a pause alone, until anything was measured. */
const ASSUMED = 2000;

/** How many tokens a model embeds in a second, measured on its batches. */
export class Throughput {
  #bulk: number | null = null;
  #bulkBatches = 0;
  #any: number | null = null;

  /** @param full  tokens of a full batch; `crowded`: no more texts would have fitted; `parallel`: batches under way beside it */
  note(tokens: number, seconds: number, batch: { full: number; crowded: boolean; parallel: number }): void {
    const speed = (tokens / Math.max(seconds, 1e-3)) * batch.parallel;
    this.#any = mean(this.#any, speed);
    if (!batch.crowded && tokens < batch.full * TELLING_SHARE) return;
    // What the warm-up cost says nothing of the rest.
    this.#bulk = this.#bulkBatches === 1 ? speed : mean(this.#bulk, speed);
    this.#bulkBatches += 1;
  }

  /** Tokens a second in bulk; null until it is known. */
  get reliable(): number | null {
    return this.#bulkBatches >= RELIABLE_FROM ? this.#bulk : null;
  }

  /** The best that is known, for pauses. */
  get likely(): number {
    return this.#bulk ?? this.#any ?? ASSUMED;
  }
}

const mean = (before: number | null, now: number): number => (before === null ? now : before + WEIGHT * (now - before));
