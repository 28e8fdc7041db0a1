import { withRetention } from "../../domain/artifact/index.ts";
import type { ArtifactFile } from "../../worker/engine/protocol.ts";
import type { ArtifactStorage } from "../runs/ports.ts";
import type { RunsStore } from "../runs/store.ts";

/**
 * Artifacts as they leave the browser. A run's folder is written when it ends, and what its model still knows is measured after that; it
 * comes into manifest and card here, so that the stored folder is never in the middle of a change.
 */
export const leavingArtifacts = (artifacts: ArtifactStorage, runs: RunsStore): ArtifactStorage => ({
  ...artifacts,
  async load(runId): Promise<ArtifactFile[]> {
    const files = await artifacts.load(runId);
    const scores = runs.getState().runs.find(({ id }) => id === runId)?.generalScores;
    return scores && files.length > 0 ? withRetention(files as Parameters<typeof withRetention>[0], scores) : files;
  },
});
