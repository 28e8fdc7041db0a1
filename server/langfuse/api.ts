import type { z } from "zod";
import { StudioError } from "../../src/domain/errors.ts";
import type { Config } from "../config/config.ts";
import { retryAfter } from "../../src/domain/retryAfter.ts";
import { retry, TransientFailure, type RetryOptions } from "../lib/retry.ts";

/** What is asked: numbers and texts; what is null is left out. */
type Query = Record<string, string | number | null>;

interface ApiOptions {
  timeoutMs?: number;
  /** How pauses are made; tests let them pass at once. */
  wait?: RetryOptions["wait"];
}

const ATTEMPTS = 6;
/** Whoever is asked to wait longer is told so instead. */
const LONGEST_WAIT_MS = 5 * 60_000;
/** A page of observations with long documents takes Langfuse a while. */
const TIMEOUT_MS = 60_000;

/** Langfuse's public API, read with the server's own keys. Nothing is ever written through it. */
export class LangfuseApi {
  readonly #base: string;
  readonly #authorization: string;
  readonly #timeoutMs: number;
  readonly #wait: ApiOptions["wait"];

  constructor(
    { baseUrl, publicKey, secretKey }: Pick<NonNullable<Config["langfuse"]>, "baseUrl" | "publicKey" | "secretKey">,
    { timeoutMs = TIMEOUT_MS, wait }: ApiOptions = {},
  ) {
    this.#base = baseUrl;
    this.#authorization = `Basic ${Buffer.from(`${publicKey}:${secretKey.reveal()}`).toString("base64")}`;
    this.#timeoutMs = timeoutMs;
    this.#wait = wait;
  }

  /**
   * One answer in the form that is expected of it, null for 404. Tries again after 429, 5xx and a lost connection, as long as
   * `Retry-After` asks.
   *
   * @throws StudioError `langfuse-unauthorized`, `langfuse-busy`, `langfuse-unreachable`, `langfuse-refused`, `langfuse-unreadable`
   */
  async get<S extends z.ZodType>(
    schema: S,
    path: string,
    query: Query,
    signal?: AbortSignal,
  ): Promise<z.output<S> | null> {
    const given = Object.entries(query).flatMap(([name, value]) => (value === null ? [] : [[name, String(value)]]));
    const address = `${this.#base}${path}?${new URLSearchParams(given)}`;
    const text = await this.#retried(() => this.#ask(address, signal), signal);
    if (text === null) return null;
    const parsed = schema.safeParse(json(text));
    if (!parsed.success) throw unreadable(path, parsed.error);
    return parsed.data;
  }

  async #retried<T>(attempt: () => Promise<T>, signal: AbortSignal | undefined): Promise<T> {
    try {
      return await retry(attempt, { attempts: ATTEMPTS, first: 1000, longest: 30_000, signal, wait: this.#wait });
    } catch (thrown) {
      if (!(thrown instanceof TransientFailure)) throw thrown;
      throw thrown.message === "unreachable" ? unreachable(thrown) : busy(thrown);
    }
  }

  async #ask(address: string, signal: AbortSignal | undefined): Promise<string | null> {
    let answer: Response;
    let text: string;
    try {
      answer = await fetch(address, {
        headers: { authorization: this.#authorization, accept: "application/json" },
        redirect: "error", // credentials are meant for the configured host alone
        signal: AbortSignal.any([AbortSignal.timeout(this.#timeoutMs), ...(signal ? [signal] : [])]),
      });
      text = await answer.text();
    } catch (thrown) {
      signal?.throwIfAborted();
      throw new TransientFailure("unreachable", null, { cause: thrown });
    }
    const { status } = answer;
    if (answer.ok) return text;
    if (status === 404) return null;
    if (status === 401 || status === 403) throw unauthorized(status);
    if (status === 408 || status === 425 || status === 429 || status >= 500) {
      const afterMs = retryAfter(answer.headers.get("retry-after"));
      const failure = new TransientFailure(`HTTP ${status}`, afterMs);
      if (afterMs !== null && afterMs > LONGEST_WAIT_MS) throw busy(failure);
      throw failure;
    }
    throw refused(status);
  }
}

const json = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

const unauthorized = (status: number): StudioError =>
  new StudioError(
    "langfuse-unauthorized",
    `Langfuse refused the server's keys (HTTP ${status}).`,
    "Check LANGFUSE_PUBLIC_KEY, LANGFUSE_SECRET_KEY and LANGFUSE_BASE_URL, then start the server again.",
  );

const busy = (failure: TransientFailure): StudioError =>
  new StudioError(
    "langfuse-busy",
    `Langfuse would not answer (${failure.message})${failure.afterMs ? ` and asks to wait ${Math.ceil(failure.afterMs / 60_000)} minutes` : ""}.`,
    "What was read is kept: go on later from there, or choose a shorter time.",
    { cause: failure },
  );

const unreachable = (cause: unknown): StudioError =>
  new StudioError(
    "langfuse-unreachable",
    "Langfuse does not answer.",
    "Check LANGFUSE_BASE_URL and the network of the server, then go on; what was read is kept.",
    { cause },
  );

const refused = (status: number): StudioError =>
  new StudioError(
    "langfuse-refused",
    `Langfuse refused the question (HTTP ${status}).`,
    "Check the name and the time; an old Langfuse may not know what was asked for.",
  );

const unreadable = (path: string, cause: unknown): StudioError =>
  new StudioError(
    "langfuse-unreadable",
    `Langfuse's answer to ${path} does not have the form that is known of it.`,
    "Check that LANGFUSE_BASE_URL is a Langfuse server of version 3 or later.",
    { cause },
  );
