import { createStore, type StoreApi } from "zustand/vanilla";
import { StudioError, toProblem, type Problem } from "../../domain/errors.ts";
import { forecastRun, type ForecastPorts, type RunForecast } from "./forecast.ts";
import type { RunChoice } from "./prepareRun.ts";
import type { EngineService } from "./ports.ts";
import type { EngineStore } from "../device/store.ts";
import type { LiveRunStore } from "./liveStore.ts";

/** What the run that is being set up will take; measured in the background, and anything else goes first. */
export interface ForecastState {
  status: "idle" | "working" | "failed";
  problem: Problem | null;
  /** The choice that `forecast` or `problem` is about, or that was given up. */
  key: string | null;
  forecast: RunForecast | null;
  /** The forecast of this very choice; null when there is none. */
  of(choice: RunChoice): RunForecast | null;
  /** Whether this choice was neither measured, nor is it being measured, nor was that given up or failed. */
  open(choice: RunChoice): boolean;
  /** Measures a choice; one that is being measured is given up for it. */
  measure(choice: RunChoice): Promise<void>;
  /** Gives up what is being measured; resolves when it has ended. */
  stop(): Promise<void>;
}
export type ForecastStore = StoreApi<ForecastState>;

export interface ForecastStorePorts extends ForecastPorts {
  engine: Pick<EngineService, "dryRun" | "stop">;
}

/** Only what time and steps depend on: a learning rate changes neither. */
const keyOf = ({ dataset, base, hyperparameters, instruction }: RunChoice): string => {
  const { rank, epochs, batchSize, chunkSize, maxTokens, seed, shuffle, matryoshkaDims, evaluateEvery } =
    hyperparameters;
  const costly = { rank, epochs, batchSize, chunkSize, maxTokens, seed, shuffle, matryoshkaDims, evaluateEvery };
  return JSON.stringify([dataset.summary.id, dataset.split?.hash, dataset.mined?.made, base, costly, instruction]);
};

export const createForecastStore = (
  ports: ForecastStorePorts,
  engineStore: EngineStore,
  live: LiveRunStore,
): ForecastStore => {
  let under: { key: string; given: boolean; ended: Promise<void> } | null = null;
  return createStore<ForecastState>((set, get) => ({
    status: "idle",
    problem: null,
    key: null,
    forecast: null,
    of: (choice) => (get().key === keyOf(choice) ? get().forecast : null),
    open: (choice) => get().key !== keyOf(choice),
    async measure(choice) {
      const key = keyOf(choice);
      if (under?.key === key && !under.given) return under.ended;
      await get().stop();
      if (under) return;
      const mine = { key, given: false, ended: Promise.resolve() };
      const work = async () => {
        try {
          if (live.getState().live)
            throw new StudioError(
              "engine-busy",
              "The engine is training.",
              "Wait until the run has ended, or stop it.",
            );
          await engineStore.getState().requireBase(choice.base);
          const forecast = mine.given ? null : await forecastRun(choice, ports);
          set({ status: "idle", forecast });
        } catch (thrown) {
          const problem = toProblem(thrown);
          set(problem.code === "aborted" ? { status: "idle" } : { status: "failed", problem });
        } finally {
          under = null;
        }
      };
      set({ status: "working", problem: null, forecast: null, key });
      under = mine;
      mine.ended = work();
      return mine.ended;
    },
    async stop() {
      if (!under) return;
      under.given = true;
      const { ended } = under;
      await ports.engine.stop();
      await ended;
    },
  }));
};
