import type { FastifyError, FastifyReply, FastifyRequest } from "fastify";
import { hasZodFastifySchemaValidationErrors, isResponseSerializationError } from "fastify-type-provider-zod";
import { STATUS_CODES } from "node:http";
import type { ProblemDetails } from "../../src/domain/api/index.ts";
import { fieldWords } from "../lib/fieldWords.ts";
import { isProblem, StudioError, type Problem } from "../../src/domain/errors.ts";
import { HttpProblem } from "../lib/httpProblem.ts";
import { GateRefusal } from "../registry/gate.ts";

/** HTTP status of the expected failures; a code that is not listed is the caller's mistake, 400. */
const STATUS: Record<string, number> = {
  unauthorized: 401,
  "origin-refused": 403,
  "not-found": 404,
  "version-unknown": 404,
  "upload-unknown": 404,
  "export-unknown": 404,
  "upload-stalled": 408,
  "request-too-slow": 408,
  "gate-refused": 409,
  "gate-changed": 409,
  "already-in-production": 409,
  "nothing-in-production": 409,
  "rollback-target-damaged": 409,
  "version-archived": 409,
  "version-in-use": 409,
  "registry-read-only": 409,
  "already-archived": 409,
  "not-archived": 409,
  "upload-conflict": 409,
  "upload-incomplete": 409,
  "upload-too-large": 413,
  "host-refused": 421,
  "search-unknown": 404,
  "feedback-off": 409,
  "feedback-key-reused": 409,
  "langfuse-dataset-missing": 404,
  "langfuse-not-configured": 409,
  "digest-mismatch": 422,
  "artifact-refused": 422,
  "adapter-unsupported": 422,
  "adapter-mismatch": 422,
  "adapter-mixed-names": 422,
  "adapter-not-finite": 422,
  "adapter-missing": 422,
  "import-base-missing": 422,
  "artifact-unchanged": 422,
  "import-merged": 422,
  "pooling-unsupported": 422,
  "uploads-busy": 429,
  "hub-token-missing": 409,
  "hub-conflict": 409,
  "hub-unauthorized": 502,
  "hub-forbidden": 502,
  "hub-refused": 502,
  "hub-unreachable": 502,
  "hub-busy": 503,
  "model-stopped": 503,
  "langfuse-unauthorized": 502,
  "langfuse-unreachable": 502,
  "langfuse-unreadable": 502,
  "langfuse-refused": 502,
  "langfuse-form-unknown": 502,
  "langfuse-busy": 503,
  "registry-log-lost": 503,
  "version-damaged": 503,
  "disk-full": 507,
};

/** The RFC 9457 body of any thrown value. Messages of defects stay in the log: they may hold anything. */
export const toProblemDetails = (thrown: unknown, correlationId: string): ProblemDetails => {
  const build = (status: number, problem: Problem, rest: Partial<ProblemDetails> = {}): ProblemDetails => ({
    type: `urn:recall-studio:problem:${problem.code}`,
    title: STATUS_CODES[status] ?? "Error",
    status,
    detail: problem.message,
    ...problem,
    correlationId,
    ...rest,
  });
  if (thrown instanceof HttpProblem) return build(thrown.status, pick(thrown));
  if (thrown instanceof GateRefusal) return build(409, pick(thrown), { gate: thrown.gate });
  if (isProblem(thrown)) return build(STATUS[thrown.code] ?? 400, pick(thrown));
  if (hasZodFastifySchemaValidationErrors(thrown))
    return build(
      400,
      {
        code: "request-invalid",
        message: "The request does not have the expected form.",
        hint: "The fields are named in errors; /docs describes every request.",
      },
      {
        errors: thrown.validation.map((issue) => ({
          path: issue.instancePath.replace(/^\//, "").replaceAll("/", "."),
          message: fieldWords({ ...issue.params, code: issue.keyword, message: issue.message ?? "is not valid" }),
        })),
      },
    );
  const status = (thrown as FastifyError).statusCode;
  if (status && status >= 400 && status < 500 && !isResponseSerializationError(thrown))
    return build(status, clientFault(status, thrown as FastifyError));
  return build(500, {
    code: "unexpected",
    message: "The server failed at this request.",
    hint: `This is a defect. The log has it under correlation_id ${correlationId}.`,
  });
};

const pick = ({ code, message, hint }: Problem): Problem => ({ code, message, hint });

const clientFault = (status: number, thrown: FastifyError): Problem => {
  if (status === 413)
    return {
      code: "body-too-large",
      message: "The request is larger than this route takes.",
      hint: "Send less at once.",
    };
  if (status === 415)
    return {
      code: "media-type-refused",
      message: "The route does not take this content type.",
      hint: "/docs names the content type of every route.",
    };
  if (status === 429)
    return { code: "rate-limited", message: "Too many requests.", hint: "Wait as long as Retry-After says." };
  return {
    code: "request-invalid",
    message: `The request cannot be read (${thrown.code ?? status}).`,
    hint: "Send valid JSON with its true length.",
  };
};

/** A sender that goes away amid its body is at fault, not this server; nobody reads the answer, but the log does. */
const brokenOff = (thrown: unknown, { raw }: FastifyRequest): StudioError | null =>
  raw.errored && raw.errored === thrown && !raw.complete
    ? new StudioError("request-broken-off", "The request broke off before its body's end.", "Send it again.")
    : null;

/** Answers an error in the form that `shape` gives to its problem details, and logs defects. */
export const answerProblem = (
  thrown: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
  shape: (details: ProblemDetails) => object = (details) => details,
): FastifyReply => {
  const details = toProblemDetails(brokenOff(thrown, request) ?? thrown, request.id);
  if (details.status >= 500) request.log.error({ err: thrown, code: details.code }, "request failed");
  if (thrown instanceof HttpProblem) reply.headers(thrown.headers);
  if (details.status === 401) reply.header("www-authenticate", "Bearer");
  // The rest of an unread body would be taken for the next request.
  if ([408, 413].includes(details.status)) reply.header("connection", "close");
  return reply.code(details.status).type("application/problem+json").serializer(JSON.stringify).send(shape(details));
};

/** Answers every error as problem details. */
export const problemHandler = (thrown: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply =>
  answerProblem(thrown, request, reply);
