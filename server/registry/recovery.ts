import type { Logger } from "pino";
import type { History } from "./history.ts";
import type { Uploads } from "./uploads.ts";
import type { Versions } from "./versions.ts";

/** Brings log and disk together after a start, whatever the last process was doing when it ended; a server that only reads looks. */
export const recover = async (
  { history, uploads, versions }: { history: History; uploads: Uploads; versions: Versions },
  logger: Logger,
  { writes }: { writes: boolean },
): Promise<void> => {
  if (writes) await uploads.clear();
  const { deleted, production, previous } = history.lineage();
  for (const stored of await versions.load(deleted, { writes })) {
    const { version, fingerprint, dataset } = stored.record;
    // Renamed into place, but the process ended before the log heard of it.
    if (
      writes &&
      !history.loss &&
      !history.events.some((event) => event.type === "registered" && event.version === version)
    )
      await history.append("registered", stored, {
        by: "server",
        reason: "Found complete on disk after a restart.",
        correlationId: "recovery",
      });
    const problem = await versions.inspect(version, version === production || version === previous);
    if (problem)
      logger.error(
        { version, code: problem.code, model_fingerprint: fingerprint, dataset_hash: dataset?.fingerprint },
        problem.message,
      );
  }
};
