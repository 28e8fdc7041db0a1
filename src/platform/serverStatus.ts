import { apiPaths, healthSchema } from "../domain/api/index.ts";
import { langfuseStatusSchema } from "../domain/telemetry/experiment.ts";
import type { ServerProbe, ServerStatus } from "../app/settings/ports.ts";
import { callApi } from "./apiClient.ts";

const DOWN: ServerStatus = { reachable: false, production: null, langfuse: null };
const WITHIN_MS = 4000;

/** Reads `GET /health`. A refused connection, a proxy's error page and an answer of another program all mean "down". */
export const serverProbe: ServerProbe = {
  async status(signal) {
    const within = AbortSignal.any([signal, AbortSignal.timeout(WITHIN_MS)]);
    try {
      const answer = await fetch(apiPaths.health, {
        signal: within,
        headers: { accept: "application/json" },
      });
      const health = healthSchema.safeParse(await answer.json());
      if (!health.success) return DOWN;
      const { serving } = health.data;
      return {
        reachable: true,
        production: serving.version === null ? null : { version: serving.version, name: serving.version },
        // Beside the point of the question: a server that can not say it is up all the same.
        langfuse: await callApi(langfuseStatusSchema, "/api/langfuse/status", { signal: within }).catch(() => null),
      };
    } catch {
      return DOWN;
    }
  },
};
