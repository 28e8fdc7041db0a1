import { createStore, type StoreApi } from "zustand/vanilla";
import { toProblem, type Problem } from "../../domain/errors.ts";
import type { RunRecord } from "../../domain/run/types.ts";
import type { RunStorage } from "./ports.ts";

/** All runs of this browser, newest first. The live run is among them and changes about four times a second. */
export interface RunsState {
  status: "loading" | "ready" | "failed";
  problem: Problem | null;
  runs: RunRecord[];
  /** Reads the stored runs; a run that was under way when the page closed becomes `interrupted`. */
  load(): Promise<void>;
  /** Replaces or adds a run in memory only; the training workflow calls it often. */
  set(run: RunRecord): void;
  /** Replaces or adds a run, in memory and on disk. */
  save(run: RunRecord): Promise<void>;
  /** Gives a run a name of the person's; an empty one is not taken. */
  rename(id: string, name: string): Promise<void>;
  remove(id: string): Promise<void>;
}
export type RunsStore = StoreApi<RunsState>;

/** Newest first, with `run` in the place of its older self. */
const withRun = (runs: readonly RunRecord[], run: RunRecord): RunRecord[] =>
  [...runs.filter(({ id }) => id !== run.id), run].sort((a, b) => b.createdAt.localeCompare(a.createdAt));

/** After a reload nothing runs any more: what was running was interrupted. */
const afterReload = (run: RunRecord): RunRecord =>
  run.status === "running" || run.status === "paused" ? { ...run, status: "interrupted" } : run;

export const createRunsStore = (
  storage: RunStorage,
  /** Whether another tab trains: what runs there was not interrupted. */
  trainsElsewhere: () => Promise<boolean> = async () => false,
): RunsStore =>
  createStore<RunsState>((set, get) => ({
    status: "loading",
    problem: null,
    runs: [],
    async load() {
      try {
        const elsewhere = await trainsElsewhere();
        const stored = (await storage.list()).map((run) => (elsewhere ? run : afterReload(run)));
        set({ status: "ready", problem: null, runs: stored.reduce(withRun, get().runs) });
      } catch (thrown) {
        set({ status: "failed", problem: toProblem(thrown) });
      }
    },
    set: (run) => set({ runs: withRun(get().runs, run) }),
    async save(run) {
      get().set(run);
      await storage.put(run);
    },
    async rename(id, name) {
      const run = get().runs.find((one) => one.id === id);
      const trimmed = name.trim().slice(0, 80);
      if (run && trimmed !== "" && trimmed !== run.name) await get().save({ ...run, name: trimmed });
    },
    async remove(id) {
      await storage.remove(id);
      set({ runs: get().runs.filter((run) => run.id !== id) });
    },
  }));

/** `useRuns((state) => state.runs)` */
