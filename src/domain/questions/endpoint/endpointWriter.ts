import { StudioError } from "../../errors.ts";
import { uniform } from "../../random.ts";
import { retryAfter } from "../../retryAfter.ts";
import type { ChatAnswer, ChatPrompt, Writer } from "../writer.ts";
import { FULL_DIALECT, requestBody, weaker, type Dialect } from "./dialect.ts";
import { connectionFailure, PassingFailure, statusFailure } from "./failures.ts";
import { readBody, readReply } from "./reply.ts";

export interface EndpointOptions {
  /** Base of an OpenAI-compatible API, with or without `/v1` and `/chat/completions`. */
  url: string;
  model: string;
  /** Sent as bearer token. Null for servers that want none. */
  key?: string | null;
  concurrency?: number;
  /** An answer that takes longer is asked for again. */
  timeoutMs?: number;
  /** Tries of one prompt in all. */
  attempts?: number;
  onWaiting?: (milliseconds: number, reason: string) => void;
  fetch?: typeof fetch;
  /** Waits; a test's own passes at once. Rejects with the signal's reason. */
  pause?: (milliseconds: number, signal: AbortSignal) => Promise<void>;
  now?: () => number;
}

const FIRST_PAUSE = 1000;
const LONGEST_PAUSE = 60_000;
/** A longer `Retry-After` is no pause but a day's quota. */
const LONGEST_WISH = 10 * 60_000;

/** `…/v1/chat/completions` of a base address. @throws StudioError `endpoint-address` */
export const chatUrl = (given: string): string => {
  const url = URL.canParse(given) ? new URL(given) : null;
  if (!url || !/^https?:$/.test(url.protocol) || url.username !== "" || url.password !== "")
    throw new StudioError(
      "endpoint-address",
      "The endpoint is not an http(s) address.",
      "Give an address such as http://127.0.0.1:11434/v1; a key does not belong into it.",
    );
  const path = url.pathname.replace(/\/+$/, "");
  url.pathname = path.endsWith("/chat/completions") ? path : `${path === "" ? "/v1" : path}/chat/completions`;
  return url.href;
};

/**
 * A writer behind any OpenAI-compatible chat endpoint. Answers are held to a JSON schema where the endpoint can; what may pass
 * by itself (429, 5xx, a broken connection, no answer in time) is tried again with growing pauses, at least as long as
 * `Retry-After` asks for. Half of each pause is drawn from the prompt's seed, so that prompts do not come back in step.
 *
 * @throws StudioError `endpoint-address`
 */
export const endpointWriter = (options: EndpointOptions): Writer => {
  const { model, concurrency = 4, attempts = 6, onWaiting, pause = sleep } = options;
  const url = chatUrl(options.url);
  const state: State = { url, dialect: FULL_DIALECT, reached: false, accepted: false };
  const ask = async (prompt: ChatPrompt, signal: AbortSignal): Promise<ChatAnswer> => {
    const draw = uniform(prompt.seed);
    for (let attempt = 1; ; attempt++) {
      try {
        return await askOnce(state, options, prompt, signal);
      } catch (thrown) {
        if (!(thrown instanceof PassingFailure)) throw thrown;
        if (attempt === attempts || (thrown.afterMs ?? 0) > LONGEST_WISH) throw gaveUp(thrown, attempt);
        const own = Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** (attempt - 1)) * (0.5 + draw() / 2);
        const milliseconds = Math.max(thrown.afterMs ?? 0, own);
        onWaiting?.(milliseconds, thrown.reason);
        await pause(milliseconds, signal);
      }
    }
  };
  return { kind: "endpoint", model, concurrency, ask };
};

interface State {
  url: string;
  dialect: Dialect;
  /** Whether it answered anything at all. */
  reached: boolean;
  /** Whether it took a request in its present form. */
  accepted: boolean;
}

/** One prompt, until the endpoint takes its form. @throws PassingFailure, StudioError, FatalWriterError */
const askOnce = async (
  state: State,
  options: EndpointOptions,
  prompt: ChatPrompt,
  signal: AbortSignal,
): Promise<ChatAnswer> => {
  const { model, now = Date.now } = options;
  for (;;) {
    const { dialect } = state;
    const { status, body, afterMs } = await post(state, options, requestBody(model, prompt, dialect), signal, now);
    if (status >= 200 && status < 300) {
      state.accepted = true;
      return readReply(body);
    }
    // After a request that was taken, a refusal is about the passage (its length) and not about the form.
    const narrower = !state.accepted && (status === 400 || status === 422) ? weaker(dialect, body) : null;
    if (!narrower) throw statusFailure(status, { model, afterMs, detail: body });
    // Another prompt may have found the form meanwhile: then that one is tried.
    if (state.dialect === dialect) state.dialect = narrower;
  }
};

const post = async (
  state: State,
  { url, key = null, timeoutMs = 120_000, fetch: send = fetch }: EndpointOptions,
  body: Record<string, unknown>,
  signal: AbortSignal,
  now: () => number,
): Promise<{ status: number; body: string; afterMs: number | null }> => {
  const timeout = AbortSignal.timeout(timeoutMs);
  try {
    const response = await send(state.url, {
      method: "POST",
      headers: { "content-type": "application/json", ...(key ? { authorization: `Bearer ${key}` } : {}) },
      body: JSON.stringify(body),
      redirect: "manual",
      signal: AbortSignal.any([signal, timeout]),
    });
    state.reached = true;
    const { status } = response;
    return { status, body: await readBody(response), afterMs: retryAfter(response.headers.get("retry-after"), now()) };
  } catch (thrown) {
    signal.throwIfAborted();
    if (thrown instanceof StudioError) throw thrown;
    if (timeout.aborted) throw new PassingFailure("no answer in time");
    throw connectionFailure(thrown, state.reached, url);
  }
};

const gaveUp = ({ reason }: PassingFailure, attempts: number): StudioError =>
  new StudioError(
    "endpoint-gave-no-answer",
    `The endpoint gave no answer in ${attempts} ${attempts === 1 ? "try" : "tries"} (${reason}).`,
    "Run again later: only the passages without an answer are asked again.",
  );

const sleep = (milliseconds: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve, reject) => {
    const stop = (): void => {
      clearTimeout(timer);
      reject(signal.reason as Error);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener("abort", stop);
      resolve();
    }, milliseconds);
    if (signal.aborted) stop();
    else signal.addEventListener("abort", stop, { once: true });
  });
