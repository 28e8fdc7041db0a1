import type { ModelVersion } from "../../domain/api/index.ts";
import type { RunRecord } from "../../domain/run/types.ts";
import { ATTRIBUTE } from "../../domain/telemetry/attributes.ts";
import type { RunningSpan, SpanAttributes, Tracer } from "../../domain/telemetry/tracer.ts";
import type { ArtifactFile } from "../../worker/engine/protocol.ts";
import { uploadArtifact, type UploadEvent, type UploadPorts } from "./promote.ts";

/** Runs `work` in a span and ends it, with the error's code if there is one. */
export const traced = async <T>(span: RunningSpan, work: (span: RunningSpan) => Promise<T>): Promise<T> => {
  let failure: unknown;
  try {
    return await work(span);
  } catch (thrown) {
    failure = thrown;
    throw thrown;
  } finally {
    span.end(failure);
  }
};

type Traced = Pick<RunRecord, "id" | "base" | "dataset" | "artifact" | "trace">;

const runAttributes = (run: Traced | undefined): SpanAttributes =>
  run
    ? {
        [ATTRIBUTE.runId]: run.id,
        [ATTRIBUTE.traceName]: run.trace ? "training.run" : undefined,
        [ATTRIBUTE.modelName]: run.base.id,
        [ATTRIBUTE.modelId]: run.base.id,
        [ATTRIBUTE.baseRevision]: run.base.revision,
        [ATTRIBUTE.modelFingerprint]: run.artifact?.fingerprint,
        [ATTRIBUTE.datasetHash]: run.dataset.fingerprint,
      }
    : {};

/** Uploads a run's artifact in the run's own trace, which the server's verification joins. */
export async function* tracedUpload(
  runId: string,
  run: Traced | undefined,
  files: readonly ArtifactFile[],
  ports: UploadPorts & { tracer: Tracer },
  signal: AbortSignal,
): AsyncIterable<UploadEvent> {
  const span = ports.tracer.start(
    "registry.upload",
    { [ATTRIBUTE.observationType]: "span", [ATTRIBUTE.modelRole]: "tuned", ...runAttributes(run) },
    run?.trace?.traceparent,
  );
  const client = ports.client.within(span.traceparent);
  let failure: unknown;
  try {
    for await (const event of uploadArtifact(runId, run?.artifact?.fingerprint, files, { ...ports, client }, signal)) {
      if (event.type === "registered") span.set({ [ATTRIBUTE.version]: event.version.version });
      yield event;
    }
  } catch (thrown) {
    failure = thrown;
    throw thrown;
  } finally {
    span.end(failure);
  }
}

/** The span of a change of production: in the trace of the run that made the model, where this browser has it. */
export const changeSpan = (
  tracer: Tracer,
  name: "registry.promote" | "registry.rollback",
  { run, version, override }: { run: Traced | undefined; version: ModelVersion | undefined; override?: boolean },
): RunningSpan =>
  tracer.start(
    name,
    {
      [ATTRIBUTE.observationType]: "span",
      ...runAttributes(run),
      [ATTRIBUTE.modelRole]: "tuned",
      ...(version
        ? {
            [ATTRIBUTE.modelName]: version.base.id,
            [ATTRIBUTE.modelId]: version.base.id,
            [ATTRIBUTE.baseRevision]: version.base.revision,
            [ATTRIBUTE.modelFingerprint]: version.fingerprint,
            [ATTRIBUTE.datasetHash]: version.dataset?.fingerprint,
          }
        : {}),
      [name === "registry.promote" ? ATTRIBUTE.version : ATTRIBUTE.fromVersion]: version?.version,
      [ATTRIBUTE.override]: override || undefined,
    },
    run?.trace?.traceparent,
  );
