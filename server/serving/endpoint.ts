import { z } from "zod";
import { StudioError } from "../../src/domain/errors.ts";
import type { Config } from "../config/config.ts";
import { retryAfter } from "../../src/domain/retryAfter.ts";
import { retry, TransientFailure } from "../lib/retry.ts";

type Settings = NonNullable<Config["embedding"]["endpoint"]>;

/** Texts of one request; text-embeddings-inference takes 32 unless told otherwise. */
export const ENDPOINT_BATCH = 32;
const TIMEOUT_MS = 60_000;
/** A busy server is asked so often in all, with pauses of at most this. */
const BUSY_TRIES = 4;
const LONGEST_PAUSE_MS = 10_000;
const PAUSES = { first: 1000, longest: LONGEST_PAUSE_MS };

/** What an endpoint is sent and answers: OpenAI's form, or that of text-embeddings-inference where the address ends in /embed. */
interface Wire {
  url: string;
  body: (model: string, texts: readonly string[]) => object;
  /** Vectors by the place of their text. */
  read: (answer: unknown) => Map<number, number[]> | null;
}

const openaiSchema = z.object({
  data: z.array(z.object({ index: z.int().nonnegative(), embedding: z.array(z.number()) })),
});
const embedSchema = z.array(z.array(z.number()));

const wireOf = (url: string): Wire =>
  url.endsWith("/embed")
    ? {
        url,
        // Its own prompts stay out: a text comes with the right one.
        body: (_model, inputs) => ({ inputs, normalize: true, truncate: true }),
        read: (answer) => {
          const parsed = embedSchema.safeParse(answer);
          return parsed.success ? new Map(parsed.data.entries()) : null;
        },
      }
    : {
        url: `${url}/embeddings`,
        body: (model, input) => ({ model, input, encoding_format: "float" }),
        read: (answer) => {
          const parsed = openaiSchema.safeParse(answer);
          return parsed.success ? new Map(parsed.data.data.map(({ index, embedding }) => [index, embedding])) : null;
        },
      };

/** What an endpoint answers to a request that holds too much: the number of texts, or a text itself. */
const TOO_LARGE = new Set([413, 422]);

/**
 * An embeddings server with OpenAI's form (text-embeddings-inference, vLLM, Infinity) or the former's own. Texts go there with the model's
 * prompt in front, so that the other side needs to know nothing of prompts.
 */
export class Endpoint {
  readonly #wire: Wire;

  constructor(private readonly settings: Settings) {
    this.#wire = wireOf(settings.url);
  }

  /**
   * L2-normalized vectors of texts, in order. A busy server (429) is asked again after as long as it says, 10 s at most.
   * @throws StudioError `endpoint-unreachable`, `endpoint-refused`, `endpoint-too-large`, `endpoint-invalid`
   */
  async embed(texts: readonly string[], dimension: number): Promise<Float32Array[]> {
    const rows = await retry(() => this.#post(texts), { attempts: BUSY_TRIES, ...PAUSES }).catch((thrown: unknown) => {
      throw thrown instanceof TransientFailure ? thrown.cause : thrown;
    });
    return texts.map((_, index) => {
      const row = Float32Array.from(rows.get(index) ?? []);
      const norm = Math.hypot(...row);
      if (row.length !== dimension || !(norm > 0) || !Number.isFinite(norm)) throw invalid(dimension);
      return row.map((value) => value / norm);
    });
  }

  async #post(texts: readonly string[]): Promise<Map<number, number[]>> {
    const { model, key } = this.settings;
    const { url, body, read } = this.#wire;
    const response = await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json", ...(key ? { authorization: `Bearer ${key.reveal()}` } : {}) },
      body: JSON.stringify(body(model, texts)),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    }).catch((cause: unknown) => {
      throw unreachable(cause);
    });
    if (!response.ok) {
      await response.body?.cancel(); // Its words may repeat the texts.
      if (TOO_LARGE.has(response.status)) throw tooLarge(response.status, texts.length);
      if (response.status !== 429) throw refused(response.status);
      const asked = retryAfter(response.headers.get("retry-after"));
      throw new TransientFailure("busy", asked && Math.min(LONGEST_PAUSE_MS, asked), { cause: refused(429) });
    }
    const answer = read(await response.json().catch(() => null));
    if (!answer) throw invalid(null);
    return answer;
  }
}

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

const tooLarge = (status: number, texts: number): StudioError =>
  new StudioError(
    "endpoint-too-large",
    `EMBEDDING_ENDPOINT refused a request of ${texts} ${texts === 1 ? "text" : "texts"} with status ${status}.`,
    texts === 1
      ? "Let it cut long texts, or raise what it takes: a passage with its prompt has up to as many tokens as the model."
      : "Raise the number of texts that it takes at once.",
  );

const invalid = (dimension: number | null): StudioError =>
  new StudioError(
    "endpoint-invalid",
    dimension === null
      ? "EMBEDDING_ENDPOINT does not answer in the form of OpenAI's embeddings."
      : `EMBEDDING_ENDPOINT did not give a vector of ${dimension} finite numbers for each text.`,
    "Let it serve the model in production, through OpenAI's form of the API.",
  );
