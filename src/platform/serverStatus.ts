import { apiPaths, healthSchema } from "../domain/api/index.ts";
import type { ServerProbe, ServerStatus } from "../workflows/ports.ts";

const DOWN: ServerStatus = { reachable: false, production: null, langfuse: "unknown" };
const WITHIN_MS = 4000;

/** Reads `GET /health`. A refused connection, a proxy's error page and an answer of another program all mean "down". */
export const serverProbe: ServerProbe = {
  async status(signal) {
    try {
      const answer = await fetch(apiPaths.health, {
        signal: AbortSignal.any([signal, AbortSignal.timeout(WITHIN_MS)]),
        headers: { accept: "application/json" },
      });
      const health = healthSchema.safeParse(await answer.json());
      if (!health.success) return DOWN;
      const { serving, checks } = health.data;
      const langfuse = checks.langfuse;
      return {
        reachable: true,
        production: serving.version === null ? null : { version: serving.version, name: serving.version },
        langfuse: !langfuse ? "off" : langfuse.status === "ok" ? "on" : "failing",
      };
    } catch {
      return DOWN;
    }
  },
};
