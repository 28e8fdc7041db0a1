import { PROBE_TEXTS } from "../../src/domain/artifact/probes.ts";
import { StudioError, toProblem, type Problem } from "../../src/domain/errors.ts";
import { Mutex } from "../lib/mutex.ts";
import { type Endpoint, ENDPOINT_BATCH } from "./endpoint.ts";

/** The smallest cosine to this server's own vectors at which another server's may take their place. */
const SAME_VECTORS = 0.999;

/** What a session needs of this server's own runtime. */
export interface LocalRuntime<T> {
  run(sequences: readonly T[]): Promise<Float32Array[]>;
  close(): Promise<void>;
}

/** Vectors of the probe texts as this server makes them: with the prompt that goes before each. */
export interface Probe {
  prompt: string;
  vectors: readonly Float32Array[];
}

export interface EndpointSessionParts<T> {
  endpoint: Pick<Endpoint, "embed">;
  dimension: number;
  probes: readonly Probe[];
  openLocal: () => Promise<LocalRuntime<T>>;
  /** Told when the endpoint takes over (null), and why it does not. */
  onChange: (problem: Problem | null) => void;
  /** The endpoint is asked again after this long. */
  againMs?: number;
}

/**
 * One model's vectors from an endpoint, and from this server while the endpoint does not answer or answers with another
 * model. Every request carries a probe text whose vector is known, so that vectors of another revision, prompt or
 * pooling never get in, even when the endpoint is restarted with another model between two requests.
 */
export class EndpointSession<T extends { text: string }> {
  #local: LocalRuntime<T> | null;
  /** One batch at a time: the local runtime uses all cores for each. */
  readonly #mutex = new Mutex();
  #remote = false;
  #asking: Promise<void> | null = null;
  #askedAt = 0;
  #turn = 0;
  /** Texts that the endpoint takes at once, as far as is known; a refusal halves it. */
  #most = ENDPOINT_BATCH;

  private constructor(
    private readonly parts: EndpointSessionParts<T>,
    local: LocalRuntime<T>,
  ) {
    this.#local = local;
  }

  /** Compares all probes; the session works either way. `local` is closed once the endpoint has taken over. */
  static async open<T extends { text: string }>(
    parts: EndpointSessionParts<T>,
    local: LocalRuntime<T>,
  ): Promise<EndpointSession<T>> {
    const session = new EndpointSession(parts, local);
    await session.#ask();
    return session;
  }

  /** Whether the endpoint makes the vectors now. */
  get remote(): boolean {
    return this.#remote;
  }

  async run(sequences: readonly T[]): Promise<Float32Array[]> {
    if (!this.#remote && performance.now() - this.#askedAt > (this.parts.againMs ?? 30_000)) void this.#ask();
    if (this.#remote) {
      try {
        return await this.#inParts(sequences, 1, (part) => this.#fromEndpoint(part));
      } catch (thrown) {
        this.#lose(toProblem(thrown));
      }
    }
    return this.#fromLocal(sequences);
  }

  async close(): Promise<void> {
    await this.#asking;
    await this.#mutex.run(() => this.#closeLocal());
  }

  /** Does `work` for as many at once as the endpoint takes beside `more` texts of each request. */
  async #inParts<I, O>(items: readonly I[], more: number, work: (part: readonly I[]) => Promise<O[]>): Promise<O[]> {
    const done: O[] = [];
    while (done.length < items.length) {
      const part = items.slice(done.length, done.length + Math.max(1, this.#most - more));
      try {
        done.push(...(await work(part)));
      } catch (thrown) {
        const known = toProblem(thrown);
        if (known.code !== "endpoint-too-large" || part.length === 1) throw thrown;
        this.#most = Math.ceil(part.length / 2) + more;
      }
    }
    return done;
  }

  async #fromEndpoint(sequences: readonly T[]): Promise<Float32Array[]> {
    const { endpoint, dimension, probes } = this.parts;
    this.#turn += 1;
    const probe = probes[this.#turn % probes.length];
    const at = this.#turn % PROBE_TEXTS.length;
    const texts = [`${probe?.prompt}${PROBE_TEXTS[at]}`, ...sequences.map(({ text }) => text)];
    const [first, ...vectors] = await endpoint.embed(texts, dimension);
    compare(first, probe?.vectors[at]);
    return vectors;
  }

  #fromLocal(sequences: readonly T[]): Promise<Float32Array[]> {
    return this.#mutex.run(async () => {
      this.#local ??= await this.parts.openLocal();
      return this.#local.run(sequences);
    });
  }

  async #closeLocal(): Promise<void> {
    const local = this.#local;
    this.#local = null;
    await local?.close();
  }

  /** Holds all probes against the endpoint, then lets it take over. */
  #ask(): Promise<void> {
    this.#asking ??= (async () => {
      const { endpoint, dimension, probes, onChange } = this.parts;
      try {
        for (const { prompt, vectors } of probes) {
          const texts = PROBE_TEXTS.map((text) => prompt + text);
          const theirs = await this.#inParts(texts, 0, (part) => endpoint.embed(part, dimension));
          theirs.forEach((vector, i) => compare(vector, vectors[i]));
        }
        this.#remote = true;
        onChange(null);
        // After the batches that still run here.
        await this.#mutex.run(() => this.#closeLocal());
      } catch (thrown) {
        onChange(toProblem(thrown));
      } finally {
        this.#askedAt = performance.now();
        this.#asking = null;
      }
    })();
    return this.#asking;
  }

  #lose(problem: Problem): void {
    if (!this.#remote) return;
    this.#remote = false;
    this.#askedAt = performance.now();
    this.parts.onChange(problem);
  }
}

const compare = (theirs: Float32Array | undefined, own: Float32Array | undefined): void => {
  const cosine = theirs && own ? theirs.reduce((sum, value, i) => sum + value * (own[i] ?? 0), 0) : Number.NaN;
  if (cosine >= SAME_VECTORS) return;
  throw new StudioError(
    "endpoint-differs",
    `EMBEDDING_ENDPOINT gives other vectors than this model (cosine ${cosine.toFixed(4)}, ${SAME_VECTORS} is asked).`,
    "Let it load the model in production from this server's hub address, with last-token pooling; then it is used again.",
  );
};
