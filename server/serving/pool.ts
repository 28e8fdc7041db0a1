import type { Embedder } from "./embedder.ts";
import type { ModelSource } from "./modelSource.ts";

interface Slot {
  source: ModelSource;
  opening: Promise<Embedder>;
  /** Requests that use it now. */
  users: number;
  pinned: boolean;
  usedAt: number;
}

/** A loaded model on loan. It stays loaded until `release`. */
export interface Lease {
  embedder: Embedder;
  release(): void;
}

/**
 * Loaded models by fingerprint. A model is loaded once however many ask; what is not pinned is unloaded, least recently
 * used first, when more than `keep` are loaded and nobody uses it. So the old model lives until its last request ends.
 */
export class EmbedderPool {
  readonly #slots = new Map<string, Slot>();
  readonly #closing = new Set<Promise<void>>();
  #ended = false;

  constructor(
    private readonly open: (source: ModelSource) => Promise<Embedder>,
    private readonly keep = 2,
  ) {}

  /** @throws what loading throws; the next call tries again */
  async acquire(source: ModelSource): Promise<Lease> {
    const slot = this.#slot(source);
    slot.users += 1;
    slot.usedAt = performance.now();
    let released = false;
    const release = () => {
      if (released) return;
      released = true;
      slot.users -= 1;
      slot.usedAt = performance.now();
      this.#trim();
    };
    try {
      return { embedder: await slot.opening, release };
    } catch (thrown) {
      release();
      throw thrown;
    }
  }

  /** Loads a model and keeps it loaded until `unpin`. */
  async pin(source: ModelSource): Promise<Embedder> {
    const lease = await this.acquire(source);
    const slot = this.#slots.get(source.fingerprint);
    if (slot) slot.pinned = true;
    lease.release();
    return lease.embedder;
  }

  unpin(fingerprint: string): void {
    const slot = this.#slots.get(fingerprint);
    if (slot) slot.pinned = false;
    this.#trim();
  }

  /** Unloads a model that has failed, whoever uses it; the next call loads it anew. */
  discard(fingerprint: string): void {
    const slot = this.#slots.get(fingerprint);
    if (slot) this.#unload(slot);
  }

  /** Fingerprints of loaded models. */
  loaded(): string[] {
    return [...this.#slots.keys()];
  }

  /** Unloads everything; work that still runs ends first. */
  async close(): Promise<void> {
    this.#ended = true;
    const deadline = performance.now() + 10_000;
    while ([...this.#slots.values()].some(({ users }) => users > 0) && performance.now() < deadline)
      await new Promise((resolve) => setTimeout(resolve, 10));
    for (const slot of [...this.#slots.values()]) this.#unload(slot);
    await Promise.all(this.#closing);
  }

  #slot(source: ModelSource): Slot {
    const known = this.#slots.get(source.fingerprint);
    if (known) return known;
    if (this.#ended) throw new DOMException("The server is stopping.", "AbortError");
    const slot: Slot = { source, opening: this.open(source), users: 0, pinned: false, usedAt: 0 };
    slot.opening.catch(() => {
      if (this.#slots.get(source.fingerprint) === slot) this.#slots.delete(source.fingerprint);
    });
    this.#slots.set(source.fingerprint, slot);
    return slot;
  }

  #trim(): void {
    const idle = [...this.#slots.values()]
      .filter(({ users, pinned }) => users === 0 && !pinned)
      .sort((a, b) => a.usedAt - b.usedAt);
    const surplus = this.#slots.size - this.keep;
    for (const slot of idle.slice(0, Math.max(0, surplus))) this.#unload(slot);
  }

  #unload(slot: Slot): void {
    this.#slots.delete(slot.source.fingerprint);
    const closing = slot.opening.then(
      (embedder) => embedder.close(),
      () => {},
    );
    this.#closing.add(closing);
    void closing.finally(() => this.#closing.delete(closing));
  }
}
