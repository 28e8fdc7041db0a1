import { createStore, type StoreApi } from "zustand/vanilla";
import { fromProblem, toProblem, type Problem } from "../../domain/errors.ts";
import type { DeviceReport } from "../../domain/training/types.ts";
import type { BaseInfo, BaseRef, EngineService } from "../runs/ports.ts";

/** The device and the base model in the engine's memory. */
export interface EngineState {
  probe: "asking" | "known" | "failed";
  device: DeviceReport | null;
  problem: Problem | null;
  base: BaseInfo | null;
  /** Which base `base` was loaded from. */
  loaded: BaseRef | null;
  loading: { base: BaseRef; done: number; total: number } | null;
  loadProblem: Problem | null;
  askDevice(): Promise<void>;
  /** Loads a base unless it is in memory already. Null when that failed; `loadProblem` says why. */
  loadBase(base: BaseRef): Promise<BaseInfo | null>;
  /** The same, but rejects with the reason. */
  requireBase(base: BaseRef): Promise<BaseInfo>;
  /** Forgets what is in memory: after a lost device the base has to be loaded again. */
  forget(): void;
}
export type EngineStore = StoreApi<EngineState>;

/** Whether two references name the same base. */
export const sameBase = (a: BaseRef | null, b: BaseRef | null): boolean => JSON.stringify(a) === JSON.stringify(b);

export const createEngineStore = (engine: Pick<EngineService, "probe" | "loadBase">): EngineStore => {
  /** One load at a time: the engine holds one base. */
  let under: { ref: BaseRef; promise: Promise<BaseInfo | null> } | null = null;
  return createStore<EngineState>((set, get) => ({
    probe: "asking",
    device: null,
    problem: null,
    base: null,
    loaded: null,
    loading: null,
    loadProblem: null,
    async askDevice() {
      try {
        set({ probe: "known", device: await engine.probe(), problem: null });
      } catch (thrown) {
        set({ probe: "failed", problem: toProblem(thrown) });
      }
    },
    async loadBase(ref) {
      if (under && !sameBase(under.ref, ref)) await under.promise;
      if (under && sameBase(under.ref, ref)) return under.promise;
      if (sameBase(get().loaded, ref) && get().base) return get().base;
      const load = async (): Promise<BaseInfo | null> => {
        set({ loading: { base: ref, done: 0, total: 0 }, loadProblem: null, base: null, loaded: null });
        try {
          const base = await engine.loadBase(ref, (done, total) => set({ loading: { base: ref, done, total } }));
          set({ base, loaded: ref, loading: null, device: base.device, probe: "known" });
          return base;
        } catch (thrown) {
          set({ loading: null, loadProblem: toProblem(thrown) });
          return null;
        } finally {
          under = null;
        }
      };
      under = { ref, promise: load() };
      return under.promise;
    },
    async requireBase(ref) {
      const base = await get().loadBase(ref);
      if (base) return base;
      const { loadProblem } = get();
      throw fromProblem(
        loadProblem ?? { code: "base-missing", message: "The base model was not loaded.", hint: "Try again." },
      );
    },
    forget: () => set({ base: null, loaded: null }),
  }));
};
