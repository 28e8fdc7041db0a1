import { createStore, type StoreApi } from "zustand/vanilla";
import { StudioError, toProblem, type Problem } from "../../domain/errors.ts";
import { exportId, type ExportType, type Form } from "../../domain/export/types.ts";
import type { RunRecord } from "../../domain/run/types.ts";
import type { DataService } from "../../worker/data/protocol.ts";
import type { ArtifactFile } from "../../worker/engine/protocol.ts";
import type { FormProgress, FormsService, SavedForm, SaveTarget } from "../../worker/forms/protocol.ts";
import { fileName } from "../fileName.ts";
import type { EngineStore } from "../device/store.ts";
import type { ArtifactStorage, BaseRef, Downloads, RunContentsStorage } from "../runs/ports.ts";
import type { ExportsClient, PickTarget } from "./ports.ts";

/** One form on its way to the person, or how that ended. */
export interface FormJob {
  /** Run or version that it is of. */
  of: string;
  form: Form | "script";
  /** Of its weights; the script has none. */
  dtype: ExportType | null;
  /** Name of the file. */
  name: string;
  /** `server`: the server makes it. */
  step: FormProgress | { phase: "server"; done: number; total: number } | null;
  problem: Problem | null;
  saved: Pick<SavedForm, "bytes" | "cosine" | "recall"> | null;
}

export interface FormsState {
  /** One at a time: each takes a model's worth of disk and of memory. */
  job: FormJob | null;
  /**
   * Makes a form of a run in this browser and hands it to the person.
   * @param measure whether its recall on the run's test is measured too
   */
  ofRun(run: RunRecord, form: Form, dtype: ExportType, measure: boolean): Promise<void>;
  /** Hands the person the run as a script for other machines; the folder holds the texts it was trained on. */
  script(run: RunRecord): Promise<void>;
  /** Whether the texts that a run was trained on and tested with are still in this browser. */
  hasTexts(runId: string): Promise<boolean>;
  /** Has the server make a form of a version, and hands it to the person. */
  ofVersion(version: string, form: Form, dtype: ExportType): Promise<void>;
  cancel(): void;
  dismiss(): void;
}
export type FormsStore = StoreApi<FormsState>;

export interface FormsPorts {
  /** Closed after each form: its memory, which for a check takes the whole model, is free again. */
  forms: FormsService & { close(): void };
  client: ExportsClient;
  artifacts: Pick<ArtifactStorage, "load">;
  data: Pick<DataService, "storedRun" | "runTexts" | "task">;
  results: Pick<RunContentsStorage, "load">;
  downloads: Pick<Downloads, "file">;
  pick: PickTarget;
  wait(seconds: number, signal: AbortSignal): Promise<void>;
  /** The server refused for want of its token. */
  onUnauthorized(): void;
}

const LOOK_SECONDS = 0.5;

type Work = (target: SaveTarget, report: (step: FormJob["step"]) => void, signal: AbortSignal) => Promise<SavedForm>;

export const createFormsStore = (ports: FormsPorts, engine: EngineStore): FormsStore =>
  createStore<FormsState>((set, get) => {
    let stop = new AbortController();

    const undertake = async (
      { of, form, dtype }: Pick<FormJob, "of" | "form" | "dtype">,
      folder: string,
      work: Work,
    ): Promise<void> => {
      const under = get().job;
      if (under && !under.saved && !under.problem) return;
      const name = `${folder}.zip`;
      const target = await ports.pick(name);
      if (target === "cancelled") return;
      stop = new AbortController();
      const { signal } = stop;
      const change = (part: Partial<FormJob>) => {
        const job = get().job;
        if (job && !signal.aborted) set({ job: { ...job, ...part } });
      };
      set({ job: { of, form, dtype, name, step: null, problem: null, saved: null } });
      try {
        const { file, ...saved } = await work(target, (step) => change({ step }), signal);
        if (file) ports.downloads.file(name, file);
        change({ saved });
      } catch (thrown) {
        const problem = toProblem(thrown);
        if (problem.code === "unauthorized") ports.onUnauthorized();
        change({ problem });
      } finally {
        ports.forms.close();
      }
    };

    /** The base that a run was trained from, as it can be opened again. */
    const baseOf = async (run: RunRecord): Promise<BaseRef> => {
      const { base, loaded } = engine.getState();
      const ref = (await ports.data.storedRun(run.id))?.base ?? (base?.sha256 === run.base.sha256 ? loaded : null);
      if (ref) return ref;
      throw new StudioError(
        "base-not-loaded",
        `This run's base, ${run.base.id}, is not known any more.`,
        "Load it on the Train screen, then come back.",
      );
    };

    const artifactOf = async (run: RunRecord): Promise<ArtifactFile[]> => {
      const artifact = await ports.artifacts.load(run.id);
      if (artifact.length > 0) return artifact;
      throw new StudioError("artifact-missing", "This run's model is not stored here.", "Train it again.");
    };

    /** The form as soon as the server has made it. */
    const made = async (
      version: string,
      form: Form,
      dtype: ExportType,
      report: Parameters<Work>[1],
      signal: AbortSignal,
    ) => {
      const id = exportId(form, dtype);
      let one = await ports.client.start(version, { form, dtype });
      while (one.state !== "ready") {
        if (one.problem) throw new StudioError(one.problem.code, one.problem.message, one.problem.hint);
        report({ phase: "server", ...one.progress });
        try {
          await ports.wait(LOOK_SECONDS, signal);
        } catch (thrown) {
          await ports.client.remove(version, id); // Cancelled: nobody waits for it any more.
          throw thrown;
        }
        one = await ports.client.one(version, id);
      }
      return one;
    };

    return {
      job: null,
      ofRun: (run, form, dtype, measure) => {
        const folder = `${fileName(run.name, "model")}-${exportId(form, dtype)}`;
        return undertake({ of: run.id, form, dtype }, folder, async (target, report, signal) => {
          const artifact = await artifactOf(run);
          const tuned = measure ? ((await ports.results.load(run.id))?.tuned ?? null) : null;
          const request = { artifact, base: await baseOf(run), form, dtype, tuned, folder, target };
          const test = tuned && (await ports.data.task({ run: run.id, side: "test" })).task;
          return ports.forms.make(request, test, report, signal);
        });
      },
      script: (run) => {
        const folder = `${fileName(run.name, "model")}-script`;
        return undertake({ of: run.id, form: "script", dtype: null }, folder, async (target, report, signal) => {
          const request = { artifact: await artifactOf(run), folder, target };
          return ports.forms.script(request, await ports.data.runTexts({ run: run.id }), report, signal);
        });
      },
      hasTexts: async (runId) => (await ports.data.storedRun(runId)) !== null,
      ofVersion: (version, form, dtype) => {
        const folder = `${version}-${exportId(form, dtype)}`;
        return undertake({ of: version, form, dtype }, folder, async (target, report, signal) => {
          const { repo, files, createdAt, cosine } = await made(version, form, dtype, report, signal);
          const request = { repo, revision: version, files, date: createdAt, folder, target };
          return { ...(await ports.forms.fetch(request, report, signal)), cosine };
        });
      },
      cancel() {
        stop.abort(new DOMException("The download was cancelled.", "AbortError"));
        set({ job: null });
      },
      dismiss: () => set({ job: null }),
    };
  });
