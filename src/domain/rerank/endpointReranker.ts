import { StudioError } from "../errors.ts";
import { retryAfter } from "../retryAfter.ts";
import {
  rerankAddress,
  RerankerBusy,
  rerankInvalid,
  rerankNoJson,
  rerankRefused,
  rerankUnreachable,
} from "./failures.ts";
import { readScores, requestBody, TEXTS_AT_ONCE, type RerankForm } from "./forms.ts";
import type { Reranker } from "./types.ts";

export interface RerankEndpoint {
  /** With or without `/rerank` at its end. */
  url: string;
  /** Null finds it out at the first request. */
  form: RerankForm | null;
  /** Sent in Cohere's form, where servers of one model may do without. */
  model: string | null;
  /** Sent as bearer token. */
  key: string | null;
}

/** An answer that repeats its documents is longer than this for no list that is sent here. */
const MAX_BYTES = 64 * 1024 * 1024;

/** @throws StudioError `rerank-address` */
export const rerankUrl = (given: string): URL => {
  const url = URL.canParse(given) ? new URL(given) : null;
  if (!url || !/^https?:$/.test(url.protocol) || url.username !== "" || url.password !== "") throw rerankAddress();
  url.pathname = url.pathname.replace(/\/+$/, "").replace(/(\/rerank)?$/, "/rerank");
  return url;
};

/**
 * A reranker behind an endpoint. Without a form, an address with a version (`/v1/rerank`) is asked in Cohere's first, any other in
 * text-embeddings-inference's, and the other one after a refusal of the body (400, 422). What was taken last is asked first: the server behind an address may be exchanged.
 *
 * @throws StudioError `rerank-address`
 */
export const endpointReranker = (endpoint: RerankEndpoint): Reranker => {
  const url = rerankUrl(endpoint.url);
  let form: RerankForm = endpoint.form ?? (/\/v\d+\/rerank$/.test(url.pathname) ? "cohere" : "tei");
  const ask = async (spoken: RerankForm, query: string, texts: readonly string[], signal: AbortSignal) => {
    const size = TEXTS_AT_ONCE[spoken];
    const batches = Array.from({ length: Math.ceil(texts.length / size) }, (_, i) =>
      texts.slice(i * size, (i + 1) * size),
    );
    const scores = await Promise.all(
      batches.map((batch) =>
        post(url, endpoint.key, requestBody(spoken, endpoint.model, query, batch), batch.length, signal),
      ),
    );
    return scores.flat();
  };
  return {
    name: endpoint.model ?? url.host,
    async score(query, texts, signal) {
      if (texts.length === 0) return [];
      const first = form;
      try {
        return await ask(first, query, texts, signal);
      } catch (thrown) {
        if (endpoint.form || !(thrown instanceof BodyRefused)) throw thrown;
        const other = first === "tei" ? "cohere" : "tei";
        const scores = await ask(other, query, texts, signal);
        form = other;
        return scores;
      }
    },
  };
};

/** A refusal that may be about the form of the body. */
class BodyRefused extends StudioError {
  constructor(status: number) {
    const { code, message, hint } = rerankRefused(status);
    super(code, message, hint);
  }
}

const post = async (
  url: URL,
  key: string | null,
  body: object,
  count: number,
  signal: AbortSignal,
): Promise<number[]> => {
  try {
    const response = await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json", ...(key === null ? {} : { authorization: `Bearer ${key}` }) },
      body: JSON.stringify(body),
      redirect: "manual",
      signal,
    });
    if (!response.ok) {
      await response.body?.cancel(); // Its words may repeat the texts.
      const { status } = response;
      if (status === 429 || status === 503)
        throw new RerankerBusy(status, retryAfter(response.headers.get("retry-after")));
      throw status === 400 || status === 422 ? new BodyRefused(status) : rerankRefused(status);
    }
    const scores = readScores(await readJson(response), count);
    if (!scores) throw rerankInvalid();
    return scores;
  } catch (thrown) {
    signal.throwIfAborted();
    throw thrown instanceof StudioError ? thrown : rerankUnreachable(thrown);
  }
};

/** The body; null where it is longer than any answer. @throws StudioError `rerank-invalid` where it is no JSON */
const readJson = async (response: Response): Promise<unknown> => {
  const reader = response.body?.getReader();
  if (!reader) return null;
  const decoder = new TextDecoder();
  let text = "";
  for (let bytes = 0; ;) {
    const { done, value } = await reader.read();
    if (done) break;
    bytes += value.length;
    if (bytes > MAX_BYTES) {
      await reader.cancel();
      return null;
    }
    text += decoder.decode(value, { stream: true });
  }
  try {
    return JSON.parse(text + decoder.decode()) as unknown;
  } catch {
    throw rerankNoJson();
  }
};
