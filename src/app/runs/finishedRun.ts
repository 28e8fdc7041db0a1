import { createStore, type StoreApi } from "zustand/vanilla";
import { toProblem, type Problem } from "../../domain/errors.ts";
import { openingSchema, type Opening } from "../../domain/run/opening.ts";
import type { PackedRunTexts } from "../../domain/run/texts.ts";
import type { RunRecord, RunResults, RunSeries } from "../../domain/run/types.ts";
import type { ArtifactFile } from "../../worker/engine/protocol.ts";
import type { ArtifactStorage, RunContentsStorage } from "./ports.ts";
import type { RunsStore } from "./store.ts";

/** `run.json` of the run that ships with the studio; texts and artifact lie beside it. */
export interface ShippedRun {
  record: RunRecord;
  results: RunResults;
  series: RunSeries;
  /** Paths below `artifact/`. */
  artifact: string[];
}

/** Where the shipped run is read from. */
export interface ShippedRunSource {
  /** What the opening shows of it. */
  opening(): Promise<unknown>;
  run(): Promise<ShippedRun>;
  /** @param path below the run's folder */
  file(path: string): Promise<Uint8Array<ArrayBuffer>>;
}

/** The finished run on the sample that comes with the studio: opened, it is a run like any other of this browser. */
export interface FinishedRunState {
  /** What the opening shows of it; null until it was read. */
  opening: Opening | null;
  /** Reads {@link opening}, once; a failure leaves it null, since the opening does without. */
  show(): Promise<void>;
  status: "idle" | "working" | "failed";
  problem: Problem | null;
  /** Puts the run among those of this browser, unless it is there, and resolves with its id; null when that failed. */
  open(): Promise<string | null>;
}
export type FinishedRunStore = StoreApi<FinishedRunState>;

export interface FinishedRunPorts {
  source: ShippedRunSource;
  contents: Pick<RunContentsStorage, "save" | "replace">;
  artifacts: Pick<ArtifactStorage, "save">;
  texts: { save(runId: string, texts: PackedRunTexts): Promise<void> };
}

export const createFinishedRunStore = (
  runs: RunsStore,
  { source, contents, artifacts, texts }: FinishedRunPorts,
): FinishedRunStore =>
  createStore<FinishedRunState>((set, get) => {
    /** Texts, results and files first: a record in the list then has all that its screens read. */
    const take = async ({ record, results, series, artifact }: ShippedRun): Promise<void> => {
      const read = async (path: string): Promise<ArtifactFile> => ({
        path,
        bytes: await source.file(`artifact/${path}`),
      });
      const [packed, files] = await Promise.all([source.file("texts.safetensors"), Promise.all(artifact.map(read))]);
      await texts.save(record.id, packed);
      await contents.save(record.id, results);
      await contents.replace(record.id, series);
      await artifacts.save(record.id, files);
      await runs.getState().save({ ...record, shipped: true });
    };
    return {
      opening: null,
      status: "idle",
      problem: null,
      async show() {
        if (get().opening) return;
        const read = openingSchema.safeParse(await source.opening().catch(() => null));
        set({ opening: read.data ?? null });
      },
      async open() {
        set({ status: "working", problem: null });
        try {
          const shipped = await source.run();
          const { id } = shipped.record;
          if (!runs.getState().runs.some((run) => run.id === id)) await take(shipped);
          set({ status: "idle" });
          return id;
        } catch (thrown) {
          set({ status: "failed", problem: toProblem(thrown) });
          return null;
        }
      },
    };
  });
