import { trace } from "@opentelemetry/api";
import { randomUUID } from "node:crypto";
import type { IncomingMessage } from "node:http";
import pino, { type DestinationStream, type Logger } from "pino";
import pretty from "pino-pretty";
import type { Config } from "../config/config.ts";
import { redactLine } from "./redact.ts";

/**
 * JSON lines, one an event. Requests are logged by route pattern, never by address or body: both may hold what people
 * searched for. Lines about a model carry `model_fingerprint` and `dataset_hash`.
 */
export const createLog = (config: Pick<Config, "logLevel" | "logPretty">, destination?: DestinationStream): Logger =>
  pino(
    {
      level: config.logLevel,
      base: { service: "recall-studio" },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      // A line that is written within a span can be found from it, and the span from the line.
      mixin: () => {
        const active = trace.getActiveSpan()?.spanContext();
        return active ? { trace_id: active.traceId } : {};
      },
      // Errors are logged with code and stack, whose frames hold no user text; messages of foreign errors may.
      serializers: { err: serializeError },
      // What libraries log of requests at debug and trace.
      hooks: { streamWrite: redactLine },
    },
    destination ??
      (config.logPretty ? pretty({ translateTime: "HH:MM:ss", ignore: "service", sync: true }) : undefined),
  );

const serializeError = (thrown: unknown) => {
  if (!(thrown instanceof Error)) return { type: typeof thrown };
  const frames = (thrown.stack ?? "").split("\n").filter((line) => /^\s+at /.test(line));
  return { type: thrown.name, code: (thrown as { code?: unknown }).code, stack: frames.slice(0, 12).join("\n") };
};

const idForm = /^[A-Za-z0-9_.:-]{1,64}$/;
const traceparentForm = /^[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}/;

/** The caller's `X-Correlation-Id`, else the trace id of its W3C `traceparent`, else a new one in the same form. */
export const correlationIdOf = (request: Pick<IncomingMessage, "headers">): string => {
  const given = request.headers["x-correlation-id"];
  if (typeof given === "string" && idForm.test(given)) return given;
  const { traceparent } = request.headers;
  const trace = typeof traceparent === "string" ? traceparentForm.exec(traceparent)?.[1] : undefined;
  return trace ?? randomUUID().replaceAll("-", "");
};
