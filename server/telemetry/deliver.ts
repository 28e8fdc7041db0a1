import { retryAfter } from "../lib/retry.ts";
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

/** One attempt to deliver a parcel over HTTP, as the outbox understands it. Never throws. */
export const deliverOverHttp =
  ({ baseUrl, headers, timeoutMs }: Upstream) =>
  async (parcel: Parcel, signal: AbortSignal): Promise<Delivery> => {
    let response: Response;
    try {
      response = await fetch(`${baseUrl}${parcel.path}`, {
        method: parcel.method,
        headers: { "content-type": "application/json", ...headers },
        body: JSON.stringify(parcel.body),
        redirect: "error", // credentials are meant for the configured host alone
        signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
      });
      await response.arrayBuffer(); // frees the connection; an upstream's words are not repeated anywhere
    } catch {
      return { kind: "retry", afterMs: null, error: "unreachable" };
    }
    return outcomeOf(response);
  };
