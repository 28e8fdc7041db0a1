import type { RunRecord, RunResults, RunSeries } from "../../domain/run/types.ts";
import type { ArtifactFile, Checkpoint } from "../../worker/engine/protocol.ts";

export type { BaseInfo, BaseRef, EngineService, Reading } from "../../worker/engine/protocol.ts";

/** Run records, kept over reloads. None holds a text. */
export interface RunStorage {
  list(): Promise<RunRecord[]>;
  put(run: RunRecord): Promise<void>;
  remove(id: string): Promise<void>;
}

/** What is large of a run, kept over reloads and read only by the screen that needs it. */
export interface RunContentsStorage {
  /** Null when the run has none. */
  load(runId: string): Promise<RunResults | null>;
  save(runId: string, results: RunResults): Promise<void>;
  series(runId: string): Promise<RunSeries>;
  /** Writes a piece of the curves; what lies on disk already is not touched. */
  append(runId: string, piece: RunSeries): Promise<void>;
  /** Puts a whole series in the place of what is stored. */
  replace(runId: string, series: RunSeries): Promise<void>;
  remove(runId: string): Promise<void>;
}

/** Checkpoints of runs, so that a run survives a reload or a lost device. The newest replaces the one before it. */
export interface CheckpointStorage {
  save(checkpoint: Checkpoint): Promise<void>;
  /** Null when the run has none. */
  load(runId: string): Promise<Checkpoint | null>;
  /** Step of the newest checkpoint, without reading it; null when the run has none. */
  newestStep(runId: string): Promise<number | null>;
  remove(runId: string): Promise<void>;
}

/** Artifact folders of runs, file by file. */
export interface ArtifactStorage {
  save(runId: string, files: readonly ArtifactFile[]): Promise<void>;
  /** Sorted by path; empty when the run has none. */
  load(runId: string): Promise<ArtifactFile[]>;
  remove(runId: string): Promise<void>;
}

/** Everything of a run that lies in files. */
export interface RunFiles {
  remove(runId: string): Promise<void>;
}

/** Keeps the screen, and with it the GPU, awake. */
export interface WakeLock {
  /** Resolves to the release; `onHidden` is told until then when the page goes to the background. */
  acquire(onHidden: () => void): Promise<() => Promise<void>>;
}

/** Hands files to the person. */
export interface Downloads {
  /** One zip that holds a folder of that name. */
  folder(name: string, files: readonly { path: string; bytes: Uint8Array }[]): Promise<void>;
  text(name: string, text: string): void;
  file(name: string, content: Blob): void;
}
