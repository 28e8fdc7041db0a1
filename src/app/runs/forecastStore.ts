import { createStore, type StoreApi } from "zustand/vanilla";
import { StudioError, toProblem, type Problem } from "../../domain/errors.ts";
import { forecastRun, type ForecastPorts, type RunForecast } from "./forecast.ts";
import type { RunChoice } from "./prepareRun.ts";
import type { EngineService } from "./ports.ts";
import type { EngineStore } from "../device/store.ts";
import type { LiveRunStore } from "./liveStore.ts";

/** What the run that is being set up will take, measured on request. */
export interface ForecastState {
  status: "idle" | "working" | "failed";
  problem: Problem | null;
  /** The choice that `forecast` or `problem` is about. */
  key: string | null;
  forecast: RunForecast | null;
  /** The forecast of this very choice; null when there is none. */
  of(choice: RunChoice): RunForecast | null;
  measure(choice: RunChoice): Promise<void>;
  stop(): Promise<void>;
}
export type ForecastStore = StoreApi<ForecastState>;

export interface ForecastStorePorts extends ForecastPorts {
  engine: Pick<EngineService, "dryRun" | "stop">;
}

const keyOf = ({ dataset, base, hyperparameters, instruction }: RunChoice): string =>
  JSON.stringify([dataset.summary.id, dataset.split?.hash, dataset.mined?.made, base, hyperparameters, instruction]);

export const createForecastStore = (
  ports: ForecastStorePorts,
  engineStore: EngineStore,
  live: LiveRunStore,
): ForecastStore =>
  createStore<ForecastState>((set, get) => ({
    status: "idle",
    problem: null,
    key: null,
    forecast: null,
    of: (choice) => (get().key === keyOf(choice) ? get().forecast : null),
    async measure(choice) {
      if (get().status === "working") return;
      set({ status: "working", problem: null, forecast: null, key: keyOf(choice) });
      try {
        if (live.getState().live)
          throw new StudioError("engine-busy", "The engine is training.", "Wait until the run has ended, or stop it.");
        await engineStore.getState().requireBase(choice.base);
        set({ status: "idle", forecast: await forecastRun(choice, ports) });
      } catch (thrown) {
        const problem = toProblem(thrown);
        set(problem.code === "aborted" ? { status: "idle" } : { status: "failed", problem });
      }
    },
    stop: () => ports.engine.stop(),
  }));
