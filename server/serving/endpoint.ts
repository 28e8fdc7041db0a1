import { z } from "zod";
import { PROBE_TEXTS } from "../../src/domain/artifact/probes.ts";
import { StudioError, toProblem, type Problem } from "../../src/domain/errors.ts";
import type { Config } from "../config/config.ts";
import { retry, retryAfter, TransientFailure } from "../lib/retry.ts";
import { Mutex } from "../lib/mutex.ts";

type Settings = NonNullable<Config["embedding"]["endpoint"]>;

/** The smallest cosine to this server's own vectors at which another server's may take their place. */
const SAME_VECTORS = 0.999;
/** Texts of one request; text-embeddings-inference takes 32 unless told otherwise. */
export const ENDPOINT_BATCH = 32;
const TIMEOUT_MS = 60_000;
/** A busy server is asked so often in all, with pauses of at most this. */
const BUSY_TRIES = 4;
const LONGEST_PAUSE_MS = 10_000;
const PAUSES = { first: 1000, longest: LONGEST_PAUSE_MS };

const answerSchema = z.object({
  data: z.array(z.object({ index: z.int().nonnegative(), embedding: z.array(z.number()) })),
});

/**
 * An OpenAI-compatible embeddings server (text-embeddings-inference, vLLM, Infinity). Texts go there with the model's
 * prompt in front, so that the other side needs to know nothing of prompts.
 */
export class Endpoint {
  constructor(private readonly settings: Settings) {}

  /**
   * L2-normalized vectors of texts, in order. A busy server (429) is asked again after as long as it says, 10 s at most.
   * @throws StudioError `endpoint-unreachable`, `endpoint-refused`, `endpoint-invalid`
   */
  async embed(texts: readonly string[], dimension: number): Promise<Float32Array[]> {
    const answer = await retry(() => this.#post(texts), { attempts: BUSY_TRIES, ...PAUSES }).catch(
      (thrown: unknown) => {
        throw thrown instanceof TransientFailure ? thrown.cause : thrown;
      },
    );
    const rows = new Map(answer.map(({ index, embedding }) => [index, embedding]));
    return texts.map((_, index) => {
      const row = Float32Array.from(rows.get(index) ?? []);
      const norm = Math.hypot(...row);
      if (row.length !== dimension || !(norm > 0) || !Number.isFinite(norm)) throw invalid(dimension);
      return row.map((value) => value / norm);
    });
  }

  async #post(texts: readonly string[]): Promise<z.infer<typeof answerSchema>["data"]> {
    const { url, model, key } = this.settings;
    const response = await fetch(`${url}/embeddings`, {
      method: "POST",
      headers: { "content-type": "application/json", ...(key ? { authorization: `Bearer ${key.reveal()}` } : {}) },
      body: JSON.stringify({ model, input: texts, encoding_format: "float" }),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    }).catch((cause: unknown) => {
      throw unreachable(cause);
    });
    if (!response.ok) {
      await response.body?.cancel(); // Its words may repeat the texts.
      if (response.status !== 429) throw refused(response.status);
      const asked = retryAfter(response.headers.get("retry-after"));
      throw new TransientFailure("busy", asked && Math.min(LONGEST_PAUSE_MS, asked), { cause: refused(429) });
    }
    const body: unknown = await response.json().catch(() => null);
    const answer = answerSchema.safeParse(body);
    if (!answer.success) throw invalid(null);
    return answer.data.data;
  }
}

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
        return await this.#fromEndpoint(sequences);
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
          const theirs = await endpoint.embed(
            PROBE_TEXTS.map((text) => prompt + text),
            dimension,
          );
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

const unreachable = (cause: unknown): StudioError =>
  new StudioError(
    "endpoint-unreachable",
    "EMBEDDING_ENDPOINT does not answer.",
    "Start that server, or unset the variable; until then this server embeds.",
    { cause },
  );

const refused = (status: number): StudioError =>
  new StudioError(
    "endpoint-refused",
    `EMBEDDING_ENDPOINT refused a request with status ${status}.`,
    "Check EMBEDDING_ENDPOINT_MODEL and EMBEDDING_ENDPOINT_KEY, and that its address ends where /embeddings follows.",
  );

const invalid = (dimension: number | null): StudioError =>
  new StudioError(
    "endpoint-invalid",
    dimension === null
      ? "EMBEDDING_ENDPOINT does not answer in the form of OpenAI's embeddings."
      : `EMBEDDING_ENDPOINT did not give a vector of ${dimension} finite numbers for each text.`,
    "Let it serve the model in production, through OpenAI's form of the API.",
  );
