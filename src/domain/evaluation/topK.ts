/** The best k candidates of one query, kept sorted: higher score first, equal scores by lower tie rank. */
export class TopK {
  readonly index: Int32Array;
  readonly score: Float64Array;
  size = 0;

  /** @param tieRank rank of each candidate among equal scores; its own index when absent */
  constructor(
    readonly k: number,
    private readonly tieRank: Int32Array | null,
  ) {
    this.index = new Int32Array(k);
    this.score = new Float64Array(k);
  }

  /** Whether it entered. A score that cannot any more is turned away by one comparison, which is the usual case. */
  offer(candidate: number, score: number): boolean {
    if (this.k === 0 || (this.size === this.k && !this.before(score, candidate, this.k - 1))) return false;
    let at = this.size < this.k ? this.size++ : this.k - 1;
    for (; at > 0 && this.before(score, candidate, at - 1); at--) {
      this.index[at] = this.index[at - 1] as number;
      this.score[at] = this.score[at - 1] as number;
    }
    this.index[at] = candidate;
    this.score[at] = score;
    return true;
  }

  private before(score: number, candidate: number, at: number): boolean {
    const other = this.score[at] as number;
    if (score !== other) return score > other;
    const index = this.index[at] as number;
    return this.tieRank ? (this.tieRank[candidate] as number) < (this.tieRank[index] as number) : candidate < index;
  }
}
