import { createStore, type StoreApi } from "zustand/vanilla";
import type { Suspect } from "../../domain/dataset/index.ts";
import { StudioError, toProblem, type Problem } from "../../domain/errors.ts";
import type { DatasetView, DataService } from "../../worker/data/protocol.ts";
import { mineNegatives, type MiningPorts } from "./mineNegatives.ts";
import type { BaseRef, Reading } from "../runs/ports.ts";
import type { DatasetsStore } from "./state.ts";
import type { EngineStore } from "../device/store.ts";
import type { LiveRunStore } from "../runs/liveStore.ts";

export interface MiningChoice {
  base: BaseRef;
  baseName: string;
  reading: Reading;
  /** Wrong documents a query. */
  numNegatives: number;
  relativeMargin: number;
}

/** Hard negatives of the open data set; what was found is kept with it. */
export interface MiningState {
  status: "idle" | "working" | "failed";
  progress: { done: number; total: number } | null;
  problem: Problem | null;
  mine(choice: MiningChoice): Promise<void>;
  stop(): void;
  /** A second click on the same verdict takes it back. */
  judge(suspect: Suspect, verdict: NonNullable<Suspect["verdict"]>): void;
  remove(): void;
}
export type MiningStore = StoreApi<MiningState>;

export interface MiningStorePorts extends MiningPorts {
  data: MiningPorts["data"] & Pick<DataService, "judgeSuspect" | "dropMined">;
}

export const createMiningStore = (
  ports: MiningStorePorts,
  datasets: DatasetsStore,
  engineStore: EngineStore,
  live: LiveRunStore,
): MiningStore =>
  createStore<MiningState>((set) => {
    let under = new AbortController();
    const change = (apply: (id: string) => Promise<DatasetView>) => {
      const { current, take } = datasets.getState();
      if (!current?.mined) return;
      apply(current.summary.id).then(take, (thrown: unknown) => set({ status: "failed", problem: toProblem(thrown) }));
    };
    return {
      status: "idle",
      progress: null,
      problem: null,
      async mine({ base, baseName, reading, numNegatives, relativeMargin }) {
        under.abort();
        const mine = new AbortController();
        under = mine;
        set({ status: "working", progress: null, problem: null });
        try {
          const dataset = datasets.getState().current;
          if (live.getState().live)
            throw new StudioError(
              "engine-busy",
              "The engine is training.",
              "Wait until the run has ended, or stop it.",
            );
          if (!dataset?.split)
            throw new StudioError(
              "dataset-undecided",
              "The data set is not split yet.",
              "Make a split on the Data screen.",
            );
          await engineStore.getState().requireBase(base);
          const mined = await mineNegatives(
            dataset,
            dataset.split.hash,
            reading,
            { base: baseName, instruction: reading.instruction ?? "", numNegatives, relativeMargin },
            ports,
            (done, total) => set({ progress: { done, total } }),
            mine.signal,
          );
          datasets.getState().take(mined);
          set({ status: "idle", progress: null });
        } catch (thrown) {
          const stopped = mine.signal.aborted;
          set(
            stopped
              ? { status: "idle", progress: null }
              : { status: "failed", progress: null, problem: toProblem(thrown) },
          );
        }
      },
      stop: () => under.abort(),
      judge: (suspect, verdict) => change((id) => ports.data.judgeSuspect(id, suspect, verdict)),
      remove: () => change((id) => ports.data.dropMined(id)),
    };
  });
