import { StudioError } from "../../domain/errors.ts";
import type { RetrievalEvaluation } from "../../domain/evaluation/types.ts";
import type { RunRecord } from "../../domain/run/types.ts";
import type { ArtifactFile, EngineService } from "../../worker/engine/protocol.ts";
import type { ArtifactStorage } from "./ports.ts";

/** Where the engine and the artifact folders are. */
export interface ExportPorts {
  engine: Pick<EngineService, "exportArtifact">;
  artifacts: ArtifactStorage;
}

/** The model fingerprint that `manifest.json` states. */
const fingerprintOf = (files: readonly ArtifactFile[]): string => {
  const manifest = files.find(({ path }) => path === "manifest.json");
  const stated = manifest && (JSON.parse(new TextDecoder().decode(manifest.bytes)) as { fingerprint?: unknown });
  if (typeof stated?.fingerprint !== "string")
    throw new StudioError(
      "manifest-missing",
      "The artifact was written without a manifest.",
      "Export the run again; if it stays, this is a defect in the studio.",
    );
  return stated.fingerprint;
};

/** Has the engine write and check the artifact folder of the adapter in memory, and stores it with the run. */
export const exportArtifact = async (
  run: RunRecord,
  baseline: RetrievalEvaluation,
  tuned: RetrievalEvaluation,
  { engine, artifacts }: ExportPorts,
): Promise<NonNullable<RunRecord["artifact"]>> => {
  const files = await engine.exportArtifact({ runId: run.id, name: run.name, dataset: run.dataset, baseline, tuned });
  await artifacts.save(run.id, files);
  return {
    fingerprint: fingerprintOf(files),
    bytes: files.reduce((sum, { bytes }) => sum + bytes.byteLength, 0),
    files: files.length,
  };
};
