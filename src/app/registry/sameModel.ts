import type { ModelList } from "../../domain/api/index.ts";
import type { RunRecord } from "../../domain/run/types.ts";

type RunModel = Pick<RunRecord, "artifact" | "registryVersion">;

/**
 * The version that a run is on the server: the one it was uploaded as, else the one with its fingerprint, which another browser or an
 * earlier profile may have sent. Null where the server has none of it, or none whose files are whole.
 */
export const versionOf = ({ artifact, registryVersion }: RunModel, list: ModelList | null): string | null => {
  const versions = list?.versions ?? [];
  const own = versions.find(({ version }) => version === registryVersion);
  const same = versions.find(({ fingerprint, state }) => fingerprint === artifact?.fingerprint && state !== "damaged");
  return (own ?? same)?.version ?? null;
};

/** The run in this browser that a version comes from. */
export const runOf = <T extends RunModel>(
  version: string | null,
  runs: readonly T[],
  list: ModelList | null,
): T | undefined =>
  version === null
    ? undefined
    : (runs.find(({ registryVersion }) => registryVersion === version) ??
      runs.find((run) => versionOf(run, list) === version));
