import { StudioError } from "../../domain/errors.ts";
import type { RunRecord } from "../../domain/run/types.ts";
import type { DataService } from "../../worker/data/protocol.ts";
import type { EngineService } from "../../worker/engine/protocol.ts";
import type { ArtifactStorage } from "../runs/ports.ts";
import { sameBase, type EngineStore } from "../device/store.ts";
import type { LiveRunStore } from "../runs/liveStore.ts";

/** Brings a run's base and tuned weights into the engine's memory. */
export type RequireModels = (run: RunRecord) => Promise<void>;

export interface RunModelsPorts {
  engine: Pick<EngineService, "loadAdapter">;
  artifacts: Pick<ArtifactStorage, "load">;
  data: Pick<DataService, "storedRun">;
}

/**
 * Brings a run's base and tuned weights into the engine's memory, unless they are there; rejects with a `StudioError` that
 * says what is missing.
 */
export const createRunModels = (
  { engine, artifacts, data }: RunModelsPorts,
  engineStore: EngineStore,
  live: LiveRunStore,
): RequireModels => {
  /** Whose adapter the engine holds; loading a base drops it. */
  let adapterOf: string | null = live.getState().live?.runId ?? null;
  live.subscribe(({ live: under }) => {
    if (under) adapterOf = under.runId;
  });
  engineStore.subscribe((now, before) => {
    if (!sameBase(now.loaded, before.loaded)) adapterOf = live.getState().live?.runId ?? null;
  });
  return async (run) => {
    if (live.getState().live)
      throw new StudioError("engine-busy", "The engine is training.", "Wait until the run has ended, or stop it.");
    if (engineStore.getState().base?.sha256 !== run.base.sha256) {
      const stored = await data.storedRun(run.id);
      if (stored) await engineStore.getState().requireBase(stored.base);
    }
    if (engineStore.getState().base?.sha256 !== run.base.sha256)
      throw new StudioError(
        "base-not-loaded",
        `The engine does not hold this run's base, ${run.base.id}.`,
        "Load it on the Train screen, then come back.",
      );
    if (adapterOf === run.id) return;
    const files = await artifacts.load(run.id);
    if (files.length === 0)
      throw new StudioError(
        "adapter-not-loaded",
        "The engine does not hold this run's tuned weights.",
        "Continue the run on the Train screen, or look at another one.",
      );
    await engine.loadAdapter(files);
    adapterOf = run.id;
  };
};
