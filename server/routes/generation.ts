import { Readable } from "node:stream";
import type { FastifyReply } from "fastify";
import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { z } from "zod";
import { completionRequestSchema, completionSchema, generationPaths } from "../../src/domain/api/index.ts";
import { StudioError, toProblem } from "../../src/domain/errors.ts";
import { chatUrl } from "../../src/domain/questions/endpoint/endpointWriter.ts";
import { connectionFailure, PassingFailure, statusFailure } from "../../src/domain/questions/endpoint/failures.ts";
import { readBody } from "../../src/domain/questions/endpoint/reply.ts";
import { FatalWriterError } from "../../src/domain/questions/fatal.ts";
import { retryAfter } from "../../src/domain/retryAfter.ts";
import { HttpProblem } from "../lib/httpProblem.ts";
import type { Core } from "./container.ts";

/** A passage with its prompt, and room for long tokens. */
const MAX_BODY = 512 * 1024;
/** Each request costs someone's money or hours of someone's computer. */
const PER_MINUTE = 600;
const AT_ONCE = 32;
/** As long as the slowest model on a laptop may think. */
const TIMEOUT_MS = 10 * 60_000;

/** Parameters that an endpoint may refuse by name, so that the caller leaves them away. The rest of its message may hold text. */
const PARAMETERS = /\b(max_completion_tokens|max_tokens|temperature|seed|response_format)\b/g;

const BODIES = { "application/json": completionSchema, "text/event-stream": z.string() };

/** The page's way to a language model that this server has the key of. What is asked and answered is neither kept nor logged. */
export const generationRoutes =
  ({ config }: Core): FastifyPluginAsyncZod =>
  async (app) => {
    let underWay = 0;
    app.post(
      generationPaths.completions,
      {
        bodyLimit: MAX_BODY,
        config: {
          ...(config.limits.requestsPerMinute > 0 && { rateLimit: { max: PER_MINUTE, timeWindow: "1 minute" } }),
          described: { answers: { 200: BODIES } },
        },
        schema: {
          tags: ["Questions"],
          operationId: "writeQuestions",
          summary: "Have the configured language model write; the form is that of OpenAI's chat completions",
          body: completionRequestSchema,
        },
      },
      async (request, reply) => {
        const { generation } = config;
        if (!generation) throw notConfigured();
        if (underWay >= AT_ONCE) throw busy("1");
        const stop = new AbortController();
        reply.raw.once("close", () => stop.abort());
        underWay++;
        try {
          const signal = AbortSignal.any([stop.signal, AbortSignal.timeout(TIMEOUT_MS)]);
          const body = { ...request.body, model: generation.model };
          const answer = await post(generation, body, signal);
          if (!answer.ok) throw await refusalOf(answer, generation.model);
          return await passOn(reply, answer, request.body.stream);
        } finally {
          underWay--;
        }
      },
    );
  };

type Generation = NonNullable<Core["config"]["generation"]>;

/** @throws HttpProblem when the endpoint can not be reached */
const post = async ({ url, key }: Generation, body: object, signal: AbortSignal): Promise<Response> => {
  try {
    return await fetch(chatUrl(url), {
      method: "POST",
      headers: { "content-type": "application/json", ...(key ? { authorization: `Bearer ${key.reveal()}` } : {}) },
      body: JSON.stringify(body),
      redirect: "manual",
      signal,
    });
  } catch (thrown) {
    throw asHttp(signal.aborted ? new PassingFailure("no answer in time") : connectionFailure(thrown, false, null));
  }
};

const passOn = async (reply: FastifyReply, answer: Response, stream: boolean): Promise<FastifyReply> => {
  void reply.header("cache-control", "no-store");
  if (stream && answer.body)
    return reply
      .type("text/event-stream")
      .header("x-accel-buffering", "no")
      .send(Readable.fromWeb(answer.body as Parameters<typeof Readable.fromWeb>[0]));
  const text = await readBody(answer).catch((thrown: unknown) => {
    throw thrown instanceof StudioError ? thrown : asHttp(new PassingFailure("the answer was cut"));
  });
  return reply.type("application/json").serializer(String).send(text);
};

/** What an endpoint's refusal means for the caller. */
const refusalOf = async (answer: Response, model: string): Promise<HttpProblem> => {
  const detail = await readBody(answer).catch(() => ""); // The status says enough.
  if (answer.status === 400 || answer.status === 422) {
    const named = [...new Set(detail.match(PARAMETERS) ?? [])];
    return new HttpProblem(400, {
      code: "endpoint-refused",
      message: `The endpoint refuses the request${named.length > 0 ? `: ${named.join(", ")}` : ""}.`,
      hint: "Leave what it names away, or ask for a weaker form of answer.",
    });
  }
  const afterMs = retryAfter(answer.headers.get("retry-after"));
  return asHttp(statusFailure(answer.status, { model, afterMs, detail }), answer.status);
};

/** 424 for what only the server's owner can mend, 429 and 502 for what may pass. */
const asHttp = (failure: Error, status = 502): HttpProblem => {
  if (failure instanceof FatalWriterError) return new HttpProblem(424, toProblem(failure));
  if (!(failure instanceof PassingFailure)) return new HttpProblem(400, toProblem(failure));
  const wait = failure.afterMs === null ? null : String(Math.ceil(failure.afterMs / 1000));
  if (status === 429) return busy(wait);
  return new HttpProblem(
    502,
    { code: "endpoint-failed", message: `The endpoint gave no answer (${failure.reason}).`, hint: "Try again." },
    wait === null ? {} : { "retry-after": wait },
  );
};

const busy = (seconds: string | null): HttpProblem =>
  new HttpProblem(
    429,
    { code: "endpoint-busy", message: "The endpoint has too much to do.", hint: "Wait and try again." },
    seconds === null ? {} : { "retry-after": seconds },
  );

const notConfigured = (): HttpProblem =>
  new HttpProblem(424, {
    code: "generation-not-configured",
    message: "No language model is configured on this server.",
    hint: "Set GENERATION_ENDPOINT and GENERATION_MODEL (and GENERATION_KEY) and start it again; docs/server.md has an example.",
  });
