import { createStore, type StoreApi } from "zustand/vanilla";
import { StudioError, toProblem, type Problem } from "../../domain/errors.ts";
import { retentionOf } from "../../domain/retention/index.ts";
import type { RunRecord } from "../../domain/run/types.ts";
import type { EngineService } from "../../worker/engine/protocol.ts";
import type { LiveRunStore } from "../runs/liveStore.ts";
import type { RunsStore } from "../runs/store.ts";

/** A measurement that is under way, or why there is none. */
export type Measuring = { status: "working"; done: number; total: number } | { status: "failed"; problem: Problem };

/** What runs still find of the general set. A figure that is there stands in the run's record. */
export interface RetentionState {
  /** By run id. */
  measuring: Record<string, Measuring>;
  /** Measures a run and keeps the figure with its record; one at a time. Never rejects: the run is what it is without it. */
  measure(runId: string): Promise<void>;
  /** Gives up what is under way. */
  stop(): void;
  /** Resolves when a run is not being measured (any more), whatever came of it, or when the signal aborts. */
  settled(runId: string, signal: AbortSignal): Promise<void>;
}
export type RetentionStore = StoreApi<RetentionState>;

export interface RetentionPorts {
  engine: Pick<EngineService, "retention">;
  /** The file of the general set. */
  set(): Promise<Uint8Array>;
  /** Brings a run's base and adapter into the engine's memory. */
  requireModels(run: RunRecord): Promise<void>;
}

/** Tokens of the general set on one side, as the bundled bases read it. */
const TOKENS = 20_000;
/** Beyond this nobody is made to wait for it without having asked: a button offers it. */
const LONGEST_SECONDS = 120;

/** What measuring both sides takes at the speed at which the run's test was scored; null where that is not known. */
export const secondsToMeasure = ({ tuned }: Pick<RunRecord, "tuned">): number | null =>
  tuned?.tokens && tuned.seconds > 0 ? (2 * TOKENS * tuned.seconds) / tuned.tokens : null;

/**
 * Measures each run as soon as it has ended, in the background: verdict and artifact are there by then. The engine gives it up for
 * whatever needs other models.
 */
export const createRetentionStore = (
  { engine, set: readSet, requireModels }: RetentionPorts,
  runs: RunsStore,
  live: LiveRunStore,
): RetentionStore => {
  const recordOf = (id: string): RunRecord | undefined => runs.getState().runs.find((run) => run.id === id);
  let control = new AbortController();
  let under: { runId: string; ended: Promise<void> } | null = null;

  const store = createStore<RetentionState>((set, get) => {
    const put = (runId: string, value: Measuring | null): void => {
      const { [runId]: _, ...others } = get().measuring;
      set({ measuring: value ? { ...others, [runId]: value } : others });
    };
    const work = async (runId: string, signal: AbortSignal): Promise<void> => {
      put(runId, { status: "working", done: 0, total: 0 });
      try {
        const run = recordOf(runId);
        if (!run) throw new StudioError("run-missing", "This run is not stored any more.", "Look at another one.");
        await requireModels(run);
        const scores = await engine.retention(
          { instruction: run.instruction || null },
          await readSet(),
          (done, total) => put(runId, { status: "working", done, total }),
          signal,
        );
        // The record as it stands by now: the person may have renamed the run, or removed it.
        const now = recordOf(runId);
        if (now) await runs.getState().save({ ...now, retention: retentionOf(scores), generalScores: scores });
        put(runId, null);
      } catch (thrown) {
        const problem = toProblem(thrown);
        put(runId, problem.code === "aborted" ? null : { status: "failed", problem });
      }
    };
    return {
      measuring: {},
      async measure(runId) {
        if (under?.runId === runId) return under.ended;
        control.abort();
        await under?.ended;
        control = new AbortController();
        const ended = work(runId, control.signal).finally(() => (under = null));
        under = { runId, ended };
        return ended;
      },
      stop: () => control.abort(),
      async settled(runId, signal) {
        if (under?.runId !== runId) return;
        const stopped = new Promise<void>((done) => signal.addEventListener("abort", () => done(), { once: true }));
        await Promise.race([under.ended, stopped]);
      },
    };
  });

  live.subscribe((now, before) => {
    if (now.live) control.abort();
    else if (before.live) {
      const run = recordOf(before.live.runId);
      const ended = run?.status === "finished" || run?.status === "stopped";
      if (run?.tuned && ended && (secondsToMeasure(run) ?? 0) <= LONGEST_SECONDS) void store.getState().measure(run.id);
    }
  });
  return store;
};
