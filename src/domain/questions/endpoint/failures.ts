import { isProblem, StudioError, type Problem } from "../../errors.ts";
import { FatalWriterError } from "../fatal.ts";

/** A failure that may pass by itself. */
export class PassingFailure extends Error {
  constructor(
    /** What is said while waiting: no text of the passage, no host. */
    readonly reason: string,
    /** What `Retry-After` asks for, in milliseconds. */
    readonly afterMs: number | null = null,
  ) {
    super(reason);
  }
}

/** Connections that cannot be made; Node's names, which browsers hide. */
const CERTIFICATE =
  /^(DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_VERIFY_LEAF_SIGNATURE|UNABLE_TO_GET_ISSUER_CERT(_LOCALLY)?|CERT_.*|ERR_TLS_.*)$/;
const NOT_THERE = /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|ERR_INVALID_URL)$/;

/**
 * What a thrown fetch means. Browsers tell nothing more than that it failed.
 *
 * @param reached  whether the endpoint has answered before: then a refused connection may pass by itself
 * @param address  said in the message; null where it is not the reader's business
 */
export const connectionFailure = (thrown: unknown, reached: boolean, address: string | null): Error => {
  const code = codeOf(thrown);
  const place = address ?? "the endpoint's address";
  if (CERTIFICATE.test(code))
    return new FatalWriterError(
      "endpoint-certificate",
      `The endpoint's certificate is not trusted (${code}).`,
      "Start with NODE_EXTRA_CA_CERTS=/path/to/its-ca.pem, or use http where the endpoint is on this computer.",
    );
  if (reached) return new PassingFailure("the connection broke");
  if (NOT_THERE.test(code))
    return new FatalWriterError(
      "endpoint-unreachable",
      `Nothing answers at ${place} (${code}).`,
      "Start the program that serves the model (such as `ollama serve`), and check host and port.",
    );
  if (code === "")
    return new FatalWriterError(
      "endpoint-unreachable",
      `${place === address ? place : "The endpoint"} could not be reached${reasonOf(thrown)}.`,
      "Check that it runs there, and host and port.",
    );
  return new PassingFailure("the connection broke");
};

const codeOf = (thrown: unknown): string => {
  const { code, cause } = (thrown ?? {}) as { code?: unknown; cause?: unknown };
  if (typeof code === "string") return code;
  const inner = (cause ?? {}) as { code?: unknown; errors?: { code?: unknown }[] };
  const first = inner.code ?? inner.errors?.[0]?.code;
  return typeof first === "string" ? first : "";
};

/** Node gives the reason as the cause, such as "bad port". */
const reasonOf = (thrown: unknown): string => {
  const { cause } = (thrown ?? {}) as { cause?: unknown };
  return cause instanceof Error && cause.message !== "" ? ` (${cause.message})` : "";
};

/** What a studio's server says of the endpoint behind it: its codes are about that one, not about the way to the server. */
export class BehindStudioError extends FatalWriterError {}

/** Which only the server's owner can mend. */
const fromStudio = (detail: string): FatalWriterError => {
  const problem = problemIn(detail);
  return problem
    ? new BehindStudioError(problem.code, problem.message, problem.hint)
    : new FatalWriterError(
        "endpoint-failed",
        "The endpoint depends on another that failed (424).",
        "Look at its logs.",
      );
};

const problemIn = (detail: string): Problem | null => {
  try {
    const parsed: unknown = JSON.parse(detail);
    return isProblem(parsed) ? parsed : null;
  } catch {
    return null; // Not a studio's form.
  }
};

/** What an endpoint says with a status other than 200 that no change of the request could mend. */
export const statusFailure = (
  status: number,
  { model, afterMs, detail }: { model: string; afterMs: number | null; detail: string },
): Error => {
  if (status === 424) return fromStudio(detail);
  if (status === 401 || status === 403)
    return new FatalWriterError(
      "endpoint-key-refused",
      `The endpoint refuses the key (${status}).`,
      "Set GENERATION_KEY to a key that may use this model.",
    );
  if (status === 402 || (status === 429 && /insufficient_quota|billing|credit/i.test(detail)))
    return new FatalWriterError(
      "endpoint-no-credit",
      "The account behind the key has no credit left.",
      "Add credit, or use another endpoint. What was written so far is kept.",
    );
  if (status === 404)
    return new FatalWriterError(
      "endpoint-not-found",
      `The endpoint knows no model ${model}, or its address is not that of a chat API (404).`,
      "Check the model's name (with Ollama: `ollama pull NAME` first) and the address, which usually ends in /v1.",
    );
  if (status === 0 || (status >= 300 && status < 400))
    return new FatalWriterError(
      "endpoint-redirects",
      "The endpoint sends elsewhere, and a key does not follow.",
      "Give the final address.",
    );
  if (status === 429) return new PassingFailure("too many requests", afterMs);
  if (status >= 500 || [408, 409, 425].includes(status)) return new PassingFailure(`status ${status}`, afterMs);
  return new StudioError(
    "endpoint-refused",
    `The endpoint refuses the request (${status}).`,
    "If it happens for every passage, the model may be too small for this length, or need other settings.",
  );
};
