/** Seconds over which the speed is averaged. */
const WINDOW = 20;

/** Speed and remaining time from recent work only, so that pauses and warm-up do not count. */
export class Throughput {
  private recent: { pairs: number; tokens: number; seconds: number }[] = [];
  private began = performance.now();

  add(pairs: number, tokens: number, seconds: number): void {
    this.recent.push({ pairs, tokens, seconds });
    while (this.recent.length > 3 && this.sum("seconds") - (this.recent[0]?.seconds ?? 0) > WINDOW) this.recent.shift();
  }

  get pairsPerSecond(): number {
    return this.rate("pairs");
  }

  get tokensPerSecond(): number {
    return this.rate("tokens");
  }

  secondsFor(pairs: number): number {
    return this.pairsPerSecond === 0 ? 0 : pairs / this.pairsPerSecond;
  }

  /** Remaining seconds of a stage that began with this object; null until something is known. */
  eta(done: number, total: number): number | null {
    if (done <= 0) return null;
    return (((performance.now() - this.began) / 1000) * (total - done)) / done;
  }

  restart(): void {
    this.began = performance.now();
  }

  private sum(key: "pairs" | "tokens" | "seconds"): number {
    return this.recent.reduce((total, entry) => total + entry[key], 0);
  }

  private rate(key: "pairs" | "tokens"): number {
    const seconds = this.sum("seconds");
    return seconds === 0 ? 0 : this.sum(key) / seconds;
  }
}
