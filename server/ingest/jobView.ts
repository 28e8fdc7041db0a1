import type { IngestJob } from "../../src/domain/api/index.ts";
import type { Problem } from "../../src/domain/errors.ts";
import type { Job, JobStore } from "../vectors/index.ts";

const STATES: Record<Job["state"], IngestJob["state"]> = {
  receiving: "queued",
  queued: "queued",
  running: "running",
  done: "succeeded",
  failed: "failed",
  cancelled: "cancelled",
};

const unknown: Problem = { code: "unknown", message: "The reason is not known.", hint: "Send the document again." };

/** A job as the API shows it. Speed and remaining time are those of the work so far. */
export const jobView = async (
  jobs: JobStore,
  job: Job,
  traceUrl: (traceId: string | null) => string | null,
): Promise<IngestJob> => {
  const failures = job.failed > 0 ? await jobs.items.failures(job.id) : [];
  const end = job.finishedAt ?? new Date();
  const seconds = job.startedAt ? (end.getTime() - job.startedAt.getTime()) / 1000 : 0;
  const rate = seconds > 0 && job.chunks > 0 ? job.chunks / seconds : null;
  const ended = job.done + job.unchanged + job.failed;
  const share = job.chunksTotal ? job.chunks / job.chunksTotal : job.total ? ended / job.total : 0;
  const running = job.state === "running";
  return {
    id: job.id,
    kind: job.kind,
    state: STATES[job.state],
    createdAt: job.createdAt.toISOString(),
    finishedAt: job.finishedAt?.toISOString() ?? null,
    label: job.label,
    documents: { total: job.total, done: job.done, unchanged: job.unchanged, failed: job.failed },
    chunks: { total: job.chunksTotal, done: job.chunks },
    chunksPerSecond: rate,
    etaSeconds: running && share > 0 ? Math.round((seconds / share) * (1 - share)) : null,
    fingerprint: job.collectionId ?? "",
    failures: failures.map(({ documentId, name, error }) => ({ document: name ?? documentId, ...(error ?? unknown) })),
    warnings: (await jobs.items.warnings(job.id)).flatMap(({ documentId, name, warnings }) =>
      (warnings ?? []).map((message) => ({ document: name ?? documentId, message })),
    ),
    problem: job.error ?? null,
    retryable: await jobs.retryable(job),
    traceUrl: traceUrl(job.traceparent?.split("-")[1] ?? null),
  };
};
