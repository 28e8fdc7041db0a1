import { apiPaths, healthSchema, type Health } from "../domain/api/index.ts";
import { langfuseStatusSchema } from "../domain/telemetry/experiment.ts";
import type { ServerProbe, ServerStatus } from "../app/settings/ports.ts";
import { callApi } from "./apiClient.ts";

const UNKNOWN = { detail: null, production: null, generation: null, rerank: null, langfuse: null, feedback: null };
const WITHIN_MS = 4000;

/** What is wrong, one sentence a check. */
const troubleOf = ({ checks }: Health): string | null =>
  Object.values(checks)
    .filter(({ status }) => status !== "ok")
    .map(({ message }) => message)
    .join(" ") || null;

/** Reads `GET /health`. A refused connection, a proxy's error page and an answer of another program all mean "down". */
export const serverProbe: ServerProbe = {
  async status(signal) {
    const late = AbortSignal.timeout(WITHIN_MS);
    const within = AbortSignal.any([signal, late]);
    try {
      const answer = await fetch(apiPaths.health, {
        signal: within,
        headers: { accept: "application/json" },
      });
      // Asked too often: it is there, and says so.
      if (answer.status === 429) return { state: "slow", ...UNKNOWN };
      const health = healthSchema.safeParse(await answer.json());
      if (!health.success) return { state: "down", ...UNKNOWN };
      const { serving, status, generation, rerank, feedback } = health.data;
      return {
        state: status === "ok" ? "up" : status,
        detail: troubleOf(health.data),
        generation,
        rerank,
        production: serving.version === null ? null : { version: serving.version, name: serving.version },
        feedback,
        // Beside the point of the question: a server that cannot say it is up all the same.
        langfuse: await callApi(langfuseStatusSchema, "/api/langfuse/status", { signal: within }).catch(() => null),
      } satisfies ServerStatus;
    } catch {
      return { state: late.aborted ? "slow" : "down", ...UNKNOWN };
    }
  },
};
