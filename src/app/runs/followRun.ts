import { toProblem } from "../../domain/errors.ts";
import { appendSeries, emptySeries } from "../../domain/run/series.ts";
import type { RunRecord, RunResults } from "../../domain/run/types.ts";
import type { RunContentsStore } from "./contentsStore.ts";
import type { EmitTraining, TrainingEvent } from "./events.ts";
import { reduceLive, reduceLiveAll, reduceResults, reduceRun, seriesIn, type LiveRun } from "./reducer.ts";
import type { RunsStore } from "./store.ts";

/** Screens are told about four times a second, however fast the steps come. */
const FLUSH_MS = 250;
/** Between two writes of the record while steps come. */
const PERSIST_MS = 5_000;
const MILESTONES: ReadonlySet<TrainingEvent["type"]> = new Set([
  "base",
  "bm25",
  "baseline",
  "dev",
  "early-stop",
  "paused",
  "scored",
  "judged",
  "exported",
  "ended",
  "failed",
]);

/** Where what happens in a run is shown and kept. */
export interface Followers {
  live: { getState(): { live: LiveRun | null }; setState(shown: { live: LiveRun }): void };
  runs: RunsStore;
  contents: RunContentsStore;
  /** The record as it stands: the person may have renamed the run meanwhile. */
  recordOf(id: string): RunRecord;
  /** Milliseconds. */
  now(): number;
  tellOthers(run: RunRecord): void;
}

/**
 * Does a run's work and applies what it reports: to the live view about four times a second, to the disk at milestones
 * and every few seconds. A write takes the same at the first step and at the ten thousandth. Resolves when all is applied.
 */
export const followRun = async (
  { id }: RunRecord,
  before: RunResults,
  { live, runs, contents, recordOf, now, tellOthers }: Followers,
  work: (emit: EmitTraining) => Promise<void>,
): Promise<void> => {
  let kept = before;
  /** Of the curves, what is not on disk yet. */
  let unwritten = emptySeries();
  let persistedAt = 0;

  const show = (change: (shown: LiveRun) => LiveRun): void => {
    const shown = live.getState().live;
    if (shown) live.setState({ live: change(shown) });
  };
  const warn = (thrown: unknown): void => show((shown) => reduceLive(shown, { type: "warning", ...toProblem(thrown) }));

  const persist = async (record: RunRecord, withResults: boolean): Promise<void> => {
    const piece = unwritten;
    unwritten = emptySeries();
    try {
      if (piece.steps.length + piece.dev.length > 0) await contents.getState().append(id, piece);
    } catch (thrown) {
      unwritten = appendSeries(piece, unwritten);
      throw thrown;
    }
    if (withResults) await contents.getState().save(id, kept);
    await runs.getState().save(record);
  };

  const apply = async (batch: readonly TrainingEvent[]): Promise<void> => {
    const record = batch.reduce(reduceRun, recordOf(id));
    const after = batch.reduce(reduceResults, kept);
    const withResults = after !== kept;
    kept = after;
    unwritten = appendSeries(unwritten, seriesIn(batch));
    show((shown) => reduceLiveAll(shown, batch));
    tellOthers(record);
    const due = batch.some(({ type }) => MILESTONES.has(type)) || now() - persistedAt >= PERSIST_MS;
    if (!due) return runs.getState().set(record);
    persistedAt = now();
    await persist(record, withResults);
  };

  let waiting: TrainingEvent[] = [];
  let timer: ReturnType<typeof setTimeout> | null = null;
  let applied = Promise.resolve();
  /** Applies what waits; resolves when everything so far is applied. */
  const flush = (): Promise<void> => {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    const batch = waiting;
    waiting = [];
    if (batch.length > 0) applied = applied.then(() => apply(batch).catch(warn));
    return applied;
  };

  await contents.getState().save(id, kept).catch(warn);
  await work((event) => {
    waiting.push(event);
    timer ??= setTimeout(() => void flush(), FLUSH_MS);
  });
  await flush();
};
