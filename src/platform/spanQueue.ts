import type { UnsentSpans } from "./unsentSpans.ts";

/** Whether the server took spans, will never take them, or could not take them now. */
type Outcome = "taken" | "refused" | "away";

/** The server is asked again after this long, while something waits. */
const AGAIN_MS = 30_000;
/** The browser's limit for requests that outlive the page. */
const OUTLIVES_PAGE = 60_000;

export interface SpanQueueOptions {
  endpoint: string;
  send: typeof fetch;
  headers: () => Record<string, string>;
  unsent: UnsentSpans;
  againMs?: number | undefined;
}

/**
 * Spans on their way to the studio's server. Each request is sent and kept at the same time, and forgotten when it was
 * taken: a page that is closed, or a server that is away, delays it to the next time. A request may so arrive twice; spans
 * have ids.
 */
export class SpanQueue {
  /** Requests under way here, which are not sent a second time. */
  readonly #sending = new Set<number>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #draining: Promise<void> | null = null;

  constructor(private readonly options: SpanQueueOptions) {}

  /** @returns whether the server took them now */
  async put(body: string, spans: number): Promise<boolean> {
    const { unsent } = this.options;
    const keeping = unsent.add(body, spans).then((key) => {
      this.#sending.add(key);
      return key;
    });
    // Without a disk there is still the server.
    const [outcome, key] = await Promise.all([this.#post(body), keeping.catch(() => null)]);
    if (key !== null) {
      if (outcome !== "away") await unsent.remove(key);
      this.#sending.delete(key);
    }
    if (outcome === "away") this.#again();
    else await this.drain();
    return outcome === "taken";
  }

  /** Sends what waits, oldest first, until the server is away. */
  drain(): Promise<void> {
    this.#draining ??= this.#drain()
      .catch(() => {}) // The disk refuses to be read; spans that come now are sent all the same.
      .finally(() => (this.#draining = null));
    return this.#draining;
  }

  async #drain(): Promise<void> {
    const { unsent } = this.options;
    for (const { key, body } of await unsent.all()) {
      if (this.#sending.has(key)) continue;
      if ((await this.#post(body)) === "away") return this.#again();
      await unsent.remove(key);
    }
  }

  #again(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.drain(), this.options.againMs ?? AGAIN_MS);
  }

  async #post(body: string): Promise<Outcome> {
    const { endpoint, send, headers } = this.options;
    const blob = new Blob([body]);
    try {
      const { ok, status } = await send(endpoint, {
        method: "POST",
        headers: { "content-type": "application/json", ...headers() },
        body: blob,
        keepalive: blob.size < OUTLIVES_PAGE,
      });
      if (ok) return "taken";
      return [400, 413, 415].includes(status) ? "refused" : "away";
    } catch {
      return "away";
    }
  }
}
