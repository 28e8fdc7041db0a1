import type { z } from "zod";
import { problemDetailsSchema } from "../domain/api/index.ts";
import { fromProblem, RefusedError, StudioError } from "../domain/errors.ts";
import { OWN_TRACE } from "../domain/telemetry/attributes.ts";
import { serverToken } from "./serverToken.ts";

/** Nothing answered, or something that is not the studio's server did. */
export const unreachable = (cause?: unknown): StudioError =>
  new StudioError(
    "server-unreachable",
    "The studio's server does not answer.",
    "Check that it runs (npm start), then try again. What you trained stays in this browser.",
    { cause },
  );

const notOffered = (): StudioError =>
  new StudioError(
    "not-offered",
    "This server does not offer that.",
    "Update the server, or use one that belongs to this page.",
  );

/** The error that a failed answer stands for. */
const errorOf = (status: number, body: unknown): StudioError => {
  const details = problemDetailsSchema.safeParse(body);
  // `not-found` is an address that the server does not know, not a thing that is missing.
  if (details.success && details.data.code !== "not-found")
    return status < 500 ? new RefusedError(details.data) : fromProblem(details.data);
  if (status === 404) return notOffered();
  if (status < 500)
    return new StudioError(
      "request-refused",
      `The request was refused on its way to the studio's server (HTTP ${status}).`,
      "A proxy in between, or a limit of the server, stopped it: send less at once, or ask whoever runs the server.",
    );
  // A proxy in front of a stopped server answers 5xx with a page of its own.
  return unreachable(new Error(`HTTP ${status}`));
};

/** A trace of this page's, whose root the server need not make up for. */
const traceHeaders = (traceparent: string | undefined): Record<string, string> =>
  traceparent ? { traceparent, tracestate: `${OWN_TRACE}=page` } : {};

/** The token of this tab, as a header. */
export const authorization = (): Record<string, string> => {
  const token = serverToken.read();
  return token ? { authorization: `Bearer ${token}` } : {};
};

interface ApiRequest {
  method?: "GET" | "POST" | "PUT" | "DELETE";
  /** Sent as JSON. */
  json?: unknown;
  form?: FormData;
  /** Sent as it is, with its own type. */
  body?: Blob;
  signal?: AbortSignal;
  /** W3C trace context of the span that asks. */
  traceparent?: string | undefined;
}

/** One request to the studio's server; the answer is checked against the contract. */
export const callApi = async <S extends z.ZodType>(
  schema: S,
  path: string,
  request: ApiRequest = {},
): Promise<z.output<S>> => {
  const { method = "GET", json, form, body: blob, signal, traceparent } = request;
  let answer: Response;
  let text: string;
  try {
    answer = await fetch(path, {
      method,
      signal,
      headers: {
        accept: "application/json",
        ...authorization(),
        ...traceHeaders(traceparent),
        ...(json === undefined ? {} : { "content-type": "application/json" }),
      },
      body: form ?? blob ?? (json === undefined ? undefined : JSON.stringify(json)),
    });
    text = await answer.text();
  } catch (thrown) {
    if (signal?.aborted) throw thrown;
    throw unreachable(thrown);
  }
  const body = parse(text);
  if (!answer.ok) throw errorOf(answer.status, body);
  const parsed = schema.safeParse(body);
  // The page of a static server answers every address with itself.
  if (!parsed.success)
    throw answer.headers.get("content-type")?.includes("text/html") ? notOffered() : mismatch(parsed.error);
  return parsed.data;
};

/**
 * Posts JSON and gives the lines of the answer (`application/x-ndjson`) as they come. An answer that ends before its last line is
 * whole is a lost connection.
 */
export async function* streamLines<S extends z.ZodType>(
  schema: S,
  path: string,
  json: unknown,
  signal: AbortSignal,
): AsyncGenerator<z.output<S>> {
  const decoder = new TextDecoder();
  let answer: Response;
  let rest = "";
  const wholeLines = (text: string): z.output<S>[] => {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    return lines.map((line) => {
      const parsed = schema.safeParse(parse(line));
      if (!parsed.success) throw mismatch(parsed.error);
      return parsed.data;
    });
  };
  try {
    answer = await fetch(path, {
      method: "POST",
      signal,
      headers: { accept: "application/x-ndjson", "content-type": "application/json", ...authorization() },
      body: JSON.stringify(json),
    });
  } catch (thrown) {
    if (signal.aborted) throw thrown;
    throw unreachable(thrown);
  }
  if (!answer.ok || !answer.body) throw errorOf(answer.status, parse(await answer.text()));
  const reader = answer.body.getReader();
  for (;;) {
    const { done, value } = await reader.read().catch((thrown: unknown) => {
      throw signal.aborted ? thrown : unreachable(thrown);
    });
    if (done) break;
    yield* wholeLines(decoder.decode(value, { stream: true }));
  }
  if (rest !== "") throw unreachable();
}

/** A file of the server's. */
export const getBytes = async (path: string): Promise<Uint8Array> => {
  let answer: Response;
  let bytes: ArrayBuffer;
  try {
    answer = await fetch(path, { headers: authorization() });
    bytes = await answer.arrayBuffer();
  } catch (thrown) {
    throw unreachable(thrown);
  }
  if (!answer.ok) throw errorOf(answer.status, parse(new TextDecoder().decode(bytes)));
  return new Uint8Array(bytes);
};

const parse = (text: string): unknown => {
  try {
    return text === "" ? null : JSON.parse(text);
  } catch {
    return null;
  }
};

const mismatch = (cause: unknown): StudioError =>
  new StudioError(
    "answer-unreadable",
    "The server's answer is not what this page understands.",
    "Page and server are of different versions: reload the page.",
    { cause },
  );

/**
 * Sends bytes with `PUT` and their SHA-256 as `Content-Digest` (RFC 9530). XMLHttpRequest, because fetch does not tell how much of
 * a body was sent.
 */
export const putBytes = async <S extends z.ZodType>(
  schema: S,
  path: string,
  bytes: Uint8Array,
  digest: Uint8Array,
  onProgress: (sent: number) => void,
  signal: AbortSignal,
  traceparent?: string,
): Promise<z.output<S>> => {
  signal.throwIfAborted();
  const request = new XMLHttpRequest();
  const abort = () => request.abort();
  signal.addEventListener("abort", abort);
  try {
    const answer = await new Promise<XMLHttpRequest>((resolve, reject) => {
      request.open("PUT", path);
      request.setRequestHeader("content-type", "application/octet-stream");
      request.setRequestHeader("accept", "application/json");
      request.setRequestHeader("content-digest", `sha-256=:${btoa(String.fromCharCode(...digest))}:`);
      const headers = { ...authorization(), ...traceHeaders(traceparent) };
      for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
      request.upload.onprogress = ({ loaded }) => onProgress(loaded);
      request.onload = () => resolve(request);
      request.onerror = () => reject(unreachable());
      request.onabort = () => reject(signal.reason);
      request.send(bytes as Uint8Array<ArrayBuffer>);
    });
    const body = parse(answer.responseText);
    if (answer.status >= 400 || answer.status === 0) throw errorOf(answer.status, body);
    const parsed = schema.safeParse(body);
    if (!parsed.success) throw mismatch(parsed.error);
    return parsed.data;
  } finally {
    signal.removeEventListener("abort", abort);
  }
};
