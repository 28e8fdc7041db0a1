import type { z } from "zod";
import { retryAfter } from "../../src/domain/retryAfter.ts";
import type { Delivery, Parcel } from "./outbox.ts";

/** Where parcels go and how they are signed. */
export interface Upstream {
  baseUrl: string;
  headers: Record<string, string>;
  timeoutMs: number;
}

/** What an answer means for what was sent. */
export const outcomeOf = (response: Response): Delivery => {
  const { status } = response;
  if (response.ok) return { kind: "delivered" };
  const error = `http-${status}`;
  if (status === 408 || status === 425 || status === 429 || status >= 500)
    return { kind: "retry", afterMs: retryAfter(response.headers.get("retry-after")), error };
  // Wrong keys are the operator's to mend; what was recorded meanwhile waits.
  if (status === 401 || status === 403) return { kind: "retry", afterMs: 30_000, error };
  if (status === 400 || status === 413) return { kind: "split", error };
  return { kind: "drop", error };
};

/** No answer came: the other side is away, or the time is over. */
export const UNREACHABLE: Delivery = { kind: "retry", afterMs: null, error: "unreachable" };

/** One signed request; null when no answer came. Its words are read by whoever needs them, and repeated nowhere. */
export const ask = async (
  { baseUrl, headers, timeoutMs }: Upstream,
  { path, method, body }: { path: string; method: "GET" | "POST" | "PUT"; body?: unknown },
  signal: AbortSignal,
): Promise<{ response: Response; text: string } | null> => {
  try {
    const response = await fetch(`${baseUrl}${path}`, {
      method,
      headers: { ...(body === undefined ? {} : { "content-type": "application/json" }), ...headers },
      body: body === undefined ? undefined : JSON.stringify(body),
      redirect: "error", // credentials are meant for the configured host alone
      signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
    });
    return { response, text: await response.text() };
  } catch {
    return null;
  }
};

/** One attempt to deliver a parcel over HTTP, as the outbox understands it. Never throws. */
export const deliverOverHttp =
  (upstream: Upstream) =>
  async (parcel: Parcel, signal: AbortSignal): Promise<Delivery> => {
    const answer = await ask(upstream, parcel, signal);
    return answer ? outcomeOf(answer.response) : UNREACHABLE;
  };

/** An answer's JSON in the form that is expected of it; null when it has another. */
export const parsed = <S extends z.ZodType>(schema: S, text: string): z.output<S> | null => {
  try {
    return schema.parse(JSON.parse(text));
  } catch {
    return null;
  }
};
