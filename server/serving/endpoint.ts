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
