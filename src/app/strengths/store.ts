import { createStore, type StoreApi } from "zustand/vanilla";
import { toProblem, type Problem } from "../../domain/errors.ts";
import { STRENGTHS } from "../../domain/evaluation/index.ts";
import { retentionOf, type Retention } from "../../domain/retention/index.ts";
import type { RunRecord, WholeRun } from "../../domain/run/types.ts";
import type { RunsStore } from "../runs/store.ts";
import { takeStrength, type TakePorts } from "./takeStrength.ts";

/** What a run's adapter keeps at each strength. */
export interface StrengthKept {
  strength: number;
  retention: Retention;
}

export type StrengthWork =
  | { status: "working"; doing: "measuring" | "taking"; done: number; total: number }
  | { status: "failed"; problem: Problem };

export interface StrengthsState {
  /** By run id, once it was measured. */
  kept: Record<string, StrengthKept[]>;
  /** By run id. */
  work: Record<string, StrengthWork>;
  /** Measures the general set at every strength; what is known of λ = 1 is taken from the record. */
  measure(run: RunRecord): Promise<void>;
  /** Makes a run of its own of one strength; resolves to its id, or null when it failed or was stopped. */
  take(run: WholeRun, strength: number): Promise<string | null>;
  stop(): void;
}
export type StrengthsStore = StoreApi<StrengthsState>;

export const createStrengthsStore = (ports: TakePorts, runs: RunsStore): StrengthsStore =>
  createStore<StrengthsState>((set, get) => {
    let control = new AbortController();
    const put = (runId: string, value: StrengthWork | null): void => {
      const { [runId]: _, ...others } = get().work;
      set({ work: value ? { ...others, [runId]: value } : others });
    };
    /** One piece of work at a time; a stop leaves no trace. */
    const undertake = async <T>(
      runId: string,
      doing: "measuring" | "taking",
      work: (onProgress: (done: number, total: number) => void, signal: AbortSignal) => Promise<T>,
    ): Promise<T | null> => {
      control.abort();
      const mine = (control = new AbortController());
      const onProgress = (done: number, total: number) => put(runId, { status: "working", doing, done, total });
      onProgress(0, 0);
      try {
        const result = await work(onProgress, mine.signal);
        put(runId, null);
        return result;
      } catch (thrown) {
        const problem = toProblem(thrown);
        put(runId, problem.code === "aborted" ? null : { status: "failed", problem });
        return null;
      }
    };
    return {
      kept: {},
      work: {},
      async measure(run) {
        const points = await undertake(run.id, "measuring", async (onProgress, signal) => {
          await ports.requireModels(run);
          const bytes = await ports.set();
          const measured: StrengthKept[] = [];
          for (const strength of STRENGTHS) {
            const known = strength === 1 ? run.retention : undefined;
            const report = (done: number, total: number) =>
              onProgress(measured.length + done / total, STRENGTHS.length);
            const retention =
              known ??
              retentionOf(
                await ports.engine.retention({ instruction: run.instruction || null, strength }, bytes, report, signal),
              );
            measured.push({ strength, retention });
          }
          return measured;
        });
        if (points) set({ kept: { ...get().kept, [run.id]: points } });
      },
      take: (run, strength) =>
        undertake(run.id, "taking", (onProgress, signal) =>
          takeStrength(run, strength, runs, ports, onProgress, signal),
        ),
      stop: () => control.abort(),
    };
  });
