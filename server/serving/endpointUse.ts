import type { Logger } from "pino";
import { Gauge } from "prom-client";
import type { Problem } from "../../src/domain/errors.ts";
import type { HealthChecks } from "../lib/health.ts";
import type { Metrics } from "../telemetry/metrics.ts";
import { sourceFields } from "./facts.ts";
import type { ModelSource } from "./modelSource.ts";

/** With which models EMBEDDING_ENDPOINT embeds, told by log, metric and health. */
export class EndpointUse {
  /** Why it does not embed with a model; null while it does. */
  readonly #problems = new Map<string, Problem | null>();
  readonly #gauge: Gauge;

  /** @param serving  fingerprint of the model that serves, once there is one */
  constructor(
    private readonly log: Logger,
    metrics: Metrics,
    health: HealthChecks,
    private readonly serving: () => string | null,
  ) {
    this.#gauge = new Gauge({
      name: "recall_studio_endpoint_used",
      help: "1 while EMBEDDING_ENDPOINT embeds with a model, 0 while this server does although it is set.",
      labelNames: ["fingerprint"],
      registers: [metrics.registry],
    });
    health.register("endpoint", () => {
      const problem = this.problem();
      if (problem) return { status: "degraded", message: `This server embeds instead: ${problem.message}` };
      return { status: "ok", message: "EMBEDDING_ENDPOINT embeds with the model that serves." };
    });
  }

  /** Why the endpoint does not embed with the model that serves; null while it does. */
  problem(): Problem | null {
    return this.#problems.get(this.serving() ?? "") ?? null;
  }

  note(source: ModelSource, problem: Problem | null): void {
    const before = this.#problems.get(source.fingerprint);
    this.#problems.set(source.fingerprint, problem);
    this.#gauge.set({ fingerprint: source.fingerprint }, problem ? 0 : 1);
    if (before !== undefined && before?.code === problem?.code) return;
    const fields = sourceFields(source);
    if (problem) this.log.warn({ event: "endpoint.unused", ...fields, code: problem.code }, problem.message);
    else this.log.info({ event: "endpoint.used", ...fields }, "EMBEDDING_ENDPOINT embeds with this model");
  }
}
