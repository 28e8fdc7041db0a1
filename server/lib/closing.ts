/** Work to be done before the process ends, last added first. */
export class Closing {
  readonly #work: (() => Promise<void>)[] = [];

  add(work: () => Promise<void>): void {
    this.#work.push(work);
  }

  /** Does all of it, once; running it again does only what was added since. */
  async run(): Promise<void> {
    for (const work of this.#work.splice(0).reverse()) await work();
  }
}
