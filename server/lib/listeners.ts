/** Who is told when something happens. */
export class Listeners<News extends unknown[]> {
  readonly #listeners = new Set<(...news: News) => void>();

  /** Returns the way to stop. */
  add(listener: (...news: News) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  tell(...news: News): void {
    for (const listener of this.#listeners) listener(...news);
  }

  clear(): void {
    this.#listeners.clear();
  }
}
