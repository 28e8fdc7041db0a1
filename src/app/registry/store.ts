import { createStore, type StoreApi } from "zustand/vanilla";
import type {
  GateReport,
  ModelDetail,
  ModelList,
  Published,
  PublishRequest,
  RegistryEvent,
} from "../../domain/api/index.ts";
import type { Tracer } from "../../domain/telemetry/tracer.ts";
import { StudioError, toProblem, type Problem } from "../../domain/errors.ts";
import { present } from "../../domain/present.ts";
import type { DataService, DatasetSummary } from "../../worker/data/protocol.ts";
import type { ArtifactStorage, Downloads } from "../runs/ports.ts";
import { filesOfVersion } from "./download.ts";
import { filesToImport, type FolderToImport, type NamedFile } from "./importFolder.ts";
import { runOf } from "./sameModel.ts";
import { changeSpan, traced, tracedUpload } from "./trace.ts";
import { requireArtifact, type UploadEvent, type UploadPorts } from "./promote.ts";
import type { RunsStore } from "../runs/store.ts";

/** An artifact on its way to the registry, or why it did not get there. */
export interface UploadState {
  /** Of the run, or of an import, which has none. */
  runId: string;
  /** Name of the folder that is imported; absent for a run's artifact. */
  folder?: string;
  phase: "measuring" | "sending" | "waiting" | "checking" | "scoring" | "failed";
  file: string | null;
  sentBytes: number;
  totalBytes: number;
  /** Texts that the server has embedded to measure an import; null before. */
  scored: { done: number; total: number } | null;
  /** What is being waited out, or what failed. */
  problem: Problem | null;
}

/** The registry as this page last saw it. */
export interface ModelsState {
  status: "loading" | "ready" | "failed";
  problem: Problem | null;
  list: ModelList | null;
  details: Record<string, ModelDetail>;
  events: RegistryEvent[];
  /** Where the next page of events begins; null at the end. */
  nextEvents: number | null;
  upload: UploadState | null;
  /** A folder of elsewhere for which the person chooses what it is measured on. */
  choosing: { name: string; tests: readonly DatasetSummary[] } | null;
  /** What an import turned out to be: a model that was registered already. */
  known: { folder: string; version: string } | null;
  /** The server refused a change for want of its token. */
  tokenWanted: boolean;
  /** Keeps the server's token for this tab and asks again; one that the server does not take is not kept, and rejected. */
  enterToken(token: string): Promise<void>;
  refresh(): Promise<void>;
  /** Rejects with what the server says; so do all changes below. */
  loadDetail(version: string): Promise<void>;
  /** The gate as it stands now; never remembered, because it depends on what is in production. */
  gate(version: string): Promise<GateReport>;
  loadMoreEvents(): Promise<void>;
  promote(version: string, request: { reason: string; override: boolean; evidenceHash?: string }): Promise<void>;
  rollBack(reason: string): Promise<void>;
  /** Hands the person all files of a version as one zip, each with the digest it was registered with. */
  download(version: string): Promise<void>;
  archive(version: string, reason: string): Promise<void>;
  restore(version: string, reason: string): Promise<void>;
  /** Uploads a version to the Hugging Face hub; the token of the request is not kept. */
  publish(version: string, request: PublishRequest): Promise<Published>;
  /** Uploads a run's artifact; resolves to its version, or null when it failed or was cancelled (`upload` says why). */
  uploadRun(runId: string): Promise<string | null>;
  /**
   * Sends a folder of a tuned model, which the server imports where it was trained elsewhere; as `uploadRun`. Where there is something to
   * measure it on, what to take is asked first (`choosing`). Rejects when the folder holds no adapter.
   */
  importFolder(files: readonly NamedFile[]): Promise<string | null>;
  /** Sends the folder in question, with the test of a data set, or unmeasured; as `uploadRun`. Rejects when the data set has no test. */
  importChosen(datasetId: string | null): Promise<string | null>;
  /** Leaves the folder in question as it is. */
  dismissImport(): void;
  cancelUpload(): void;
  dismissUpload(): void;
}
export type ModelsStore = StoreApi<ModelsState>;

export interface ModelsPorts extends UploadPorts {
  artifacts: Pick<ArtifactStorage, "load">;
  /** Resolves when what a run's model still knows is not being measured (any more): what is registered does not change. */
  measured(runId: string, signal: AbortSignal): Promise<void>;
  /** Data sets in this browser, on whose tests an import may be measured. */
  tests: Pick<DataService, "list" | "importTest">;
  downloads: Pick<Downloads, "folder">;
  tracer: Tracer;
  saveToken(token: string | null): void;
  /** Called after each change of production, so that the top bar follows. */
  onChange(): void;
}

/** The upload after an event. */
const reduceUpload = (upload: UploadState, event: UploadEvent): UploadState => {
  switch (event.type) {
    case "sending":
      return {
        ...upload,
        phase: "sending",
        file: event.file,
        sentBytes: event.sentBytes,
        totalBytes: event.totalBytes,
        problem: null,
      };
    case "waiting":
      return { ...upload, phase: "waiting", problem: event.problem };
    case "checking":
      return { ...upload, phase: "checking", file: null, problem: null };
    case "measuring":
      return { ...upload, phase: "scoring", problem: null, scored: { done: event.done, total: event.total } };
    case "registered":
      return upload;
  }
};

export const createModelsStore = (runs: RunsStore, ports: ModelsPorts): ModelsStore =>
  createStore<ModelsState>((set, get) => {
    const { client, artifacts, onChange } = ports;
    let cancel = new AbortController();
    /** The folder that is being imported, so that it can be tried again. */
    let dropped: (FolderToImport & { id: string }) | null = null;
    /** A change of production, in the trace of the run that its model came from. */
    const span = (name: "registry.promote" | "registry.rollback", version: string | null, override?: boolean) =>
      changeSpan(ports.tracer, name, {
        run: runOf(version, runs.getState().runs, get().list),
        version: get().list?.versions.find((one) => one.version === version),
        override,
      });
    const refused = (thrown: unknown): Problem => {
      const problem = toProblem(thrown);
      if (problem.code === "unauthorized") set({ tokenWanted: true });
      return problem;
    };
    const change = async (task: () => Promise<unknown>) => {
      try {
        await task();
      } catch (thrown) {
        refused(thrown);
        throw thrown;
      }
      // What was known of single versions tells their state before the change.
      set({ details: {} });
      onChange();
      await get().refresh();
    };
    return {
      status: "loading",
      problem: null,
      list: null,
      details: {},
      events: [],
      nextEvents: null,
      upload: null,
      choosing: null,
      known: null,
      tokenWanted: false,
      async enterToken(token) {
        ports.saveToken(token);
        try {
          await client.checkToken();
        } catch (thrown) {
          ports.saveToken(null);
          throw thrown;
        }
        set({ tokenWanted: false });
        await get().refresh();
      },
      async refresh() {
        try {
          const [list, { events, next }] = await Promise.all([client.list(), client.events()]);
          set({ status: "ready", problem: null, list, events, nextEvents: next });
        } catch (thrown) {
          set({ status: "failed", problem: refused(thrown) });
        }
      },
      async loadDetail(version) {
        const detail = await client.detail(version);
        set({ details: { ...get().details, [version]: detail } });
      },
      gate: (version) => client.gate(version),
      async loadMoreEvents() {
        const before = get().nextEvents;
        if (before === null) return;
        const { events, next } = await client.events(before);
        set({ events: [...get().events, ...events], nextEvents: next });
      },
      promote: (version, request) =>
        change(() =>
          traced(span("registry.promote", version, request.override), ({ traceparent }) =>
            client.within(traceparent).promote(version, request),
          ),
        ),
      rollBack: (reason) =>
        change(() =>
          traced(span("registry.rollback", get().list?.production ?? null), ({ traceparent }) =>
            client.within(traceparent).rollBack({ reason }),
          ),
        ),
      async download(version) {
        const detail = get().details[version] ?? (await client.detail(version));
        await ports.downloads.folder(version, await filesOfVersion(detail, client));
      },
      archive: (version, reason) => change(() => client.archive(version, { reason })),
      restore: (version, reason) => change(() => client.restore(version, { reason })),
      async publish(version, request) {
        try {
          return await client.publish(version, request);
        } catch (thrown) {
          refused(thrown);
          throw thrown;
        }
      },
      async uploadRun(runId) {
        const under = get().upload;
        if (under && under.phase !== "failed")
          throw new StudioError("upload-under-way", "Another upload is under way.", "Wait for it, or cancel it.");
        cancel = new AbortController();
        set({
          upload: {
            runId,
            ...(dropped?.id === runId && { folder: dropped.name }),
            phase: "measuring",
            file: null,
            sentBytes: 0,
            totalBytes: 0,
            scored: null,
            problem: null,
          },
          known: null,
        });
        try {
          await ports.measured(runId, cancel.signal);
          const waited = get().upload;
          if (waited) set({ upload: { ...waited, phase: "sending" } });
          const run = runs.getState().runs.find(({ id }) => id === runId);
          const files = dropped?.id === runId ? dropped.files : requireArtifact(await artifacts.load(runId));
          let version: string | null = null;
          for await (const event of tracedUpload(runId, run, files, ports, cancel.signal)) {
            const upload = get().upload;
            if (upload) set({ upload: reduceUpload(upload, event) });
            if (event.type !== "registered") continue;
            version = event.version.version;
            if (!event.created && dropped?.id === runId) set({ known: { folder: dropped.name, version } });
          }
          set({ upload: null });
          const now = runs.getState().runs.find(({ id }) => id === runId);
          if (now && version) await runs.getState().save({ ...now, registryVersion: version });
          await get().refresh();
          return version;
        } catch (thrown) {
          const upload = get().upload;
          set({
            upload: cancel.signal.aborted || !upload ? null : { ...upload, phase: "failed", problem: refused(thrown) },
          });
          return null;
        }
      },
      async importFolder(files) {
        // A name of its own: what the server has of another folder with files of the same sizes is not this one's.
        dropped = { id: `import-${crypto.randomUUID()}`, ...(await filesToImport(files)) };
        const tests = dropped.isForeign ? (await ports.tests.list()).filter(({ missing }) => missing === null) : [];
        if (tests.length === 0) return get().uploadRun(dropped.id);
        set({ choosing: { name: dropped.name, tests } });
        return null;
      },
      async importChosen(datasetId) {
        const folder = present(dropped, "folder");
        const test = datasetId === null ? [] : [await ports.tests.importTest(datasetId)];
        dropped = { ...folder, files: [...folder.files, ...test] };
        set({ choosing: null });
        return get().uploadRun(folder.id);
      },
      dismissImport: () => set({ choosing: null }),
      cancelUpload: () => cancel.abort(new DOMException("The upload was cancelled.", "AbortError")),
      dismissUpload: () => set({ upload: null }),
    };
  });
