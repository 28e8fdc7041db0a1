import { createStore, type StoreApi } from "zustand/vanilla";
import type { SearchedModel, SearchModel } from "../../domain/api/index.ts";
import { StudioError, toProblem, type Problem } from "../../domain/errors.ts";
import { entry, present } from "../../domain/present.ts";
import type { EngineStore } from "../device/store.ts";
import { downloadBytes } from "./pageModelBytes.ts";
import type {
  EmbedHere,
  EmbedWorker,
  PageLoaded,
  PageLoadEvent,
  PageModel,
  PageModelPart,
  PageProvider,
  PageVector,
  RetrievalClient,
} from "./ports.ts";

/** One model in the page, on its way to it, or why it is not there. */
export interface PageModelState {
  /** For people: its version, or its base's name. */
  name: string;
  status: "asking" | "waiting" | "loading" | "ready" | "failed";
  /** What it consists of, and what of that lies in this browser; null before the server was asked. */
  parts: PageModelPart[] | null;
  progress: PageLoadEvent | null;
  /** Of the download, once that can be said. */
  speed: { bytesPerSecond: number; secondsLeft: number } | null;
  loaded: (PageLoaded & { provider: PageProvider }) | null;
  /** Why the GPU does not run it although there is one. */
  instead: Problem | null;
  problem: Problem | null;
}

export interface PageModelsState {
  /** Where questions are embedded. */
  where: "server" | "page";
  /** The model that answers for each side, by fingerprint, or why that is not known. */
  sides: Partial<Record<SearchedModel, { fingerprint: string } | { problem: Problem }>>;
  /** By fingerprint. */
  models: Record<string, PageModelState>;
  /** Whether the models are being asked for. */
  asking: boolean;
  choose(where: "server" | "page"): void;
  /** Finds out which models answer and how large they are; loads what lies in this browser already. */
  prepare(models: readonly SearchedModel[]): Promise<void>;
  /** Downloads and opens every model that waits or failed. */
  load(): Promise<void>;
  /** Ends all loading; what was downloaded stays. */
  cancel(): void;
  /** Removes all downloads from this browser. */
  forget(): Promise<void>;
  embed: EmbedHere;
}
export type PageModelsStore = StoreApi<PageModelsState>;

export interface PageModelsPorts {
  client: Pick<RetrievalClient, "searchModel" | "probeVectors">;
  createWorker: () => EmbedWorker;
  headers: () => Record<string, string>;
  now: () => number;
  onUnauthorized: () => void;
}

/** A speed is told once it has been measured for so long. */
const SPEED_AFTER_MS = 1000;
/** Failures after which the processor may still run the model that the GPU did not. */
const GPU_FAILURES = ["page-runtime-failed", "page-memory", "page-vectors-differ", "vectors-invalid"];

const UNKNOWN: Omit<PageModelState, "name"> = {
  status: "asking",
  parts: null,
  progress: null,
  speed: null,
  loaded: null,
  instead: null,
  problem: null,
};

export const createPageModelsStore = (
  { client, createWorker, headers, now, onUnauthorized }: PageModelsPorts,
  engine: EngineStore,
): PageModelsStore =>
  createStore<PageModelsState>((set, get) => {
    const workers = new Map<string, EmbedWorker>();
    let loading = new AbortController();
    const known = new Map<string, { model: PageModel; tuned: boolean }>();
    /** The last question of each model: both sides may have one model. */
    const last = new Map<string, { q: string; answer: Promise<PageVector> }>();
    let preparing = 0;

    const put = (fingerprint: string, change: Partial<PageModelState>) => {
      const before = get().models[fingerprint];
      if (before) set({ models: { ...get().models, [fingerprint]: { ...before, ...change } } });
    };
    /** These contents lie in this browser now, for whichever model. */
    const noteStored = (parts: readonly PageModelPart[]) => {
      const whole = new Set(parts.map(({ sha256 }) => sha256));
      for (const [fingerprint, state] of Object.entries(get().models))
        put(fingerprint, {
          parts: state.parts?.map((part) => (whole.has(part.sha256) ? { ...part, stored: part.bytes } : part)) ?? null,
        });
    };
    const workerOf = (fingerprint: string): EmbedWorker => {
      const worker = workers.get(fingerprint) ?? createWorker();
      workers.set(fingerprint, worker);
      return worker;
    };
    const close = (fingerprint: string) => {
      workers.get(fingerprint)?.close();
      workers.delete(fingerprint);
      last.delete(fingerprint);
    };
    const explained = (thrown: unknown): Problem => {
      const problem = toProblem(thrown);
      if (problem.code === "unauthorized") onUnauthorized();
      return problem;
    };

    const waits = (fingerprint: string) => get().models[fingerprint]?.status === "waiting";

    const describe = async (side: SearchedModel): Promise<SearchModel | Problem> =>
      client.searchModel(side).catch(explained);

    const inspect = async (fingerprint: string): Promise<void> => {
      try {
        const parts = await workerOf(fingerprint).inspect(entry(known, fingerprint).model, headers());
        put(fingerprint, { status: "waiting", parts, problem: null, progress: null, speed: null });
      } catch (thrown) {
        close(fingerprint);
        put(fingerprint, { status: "failed", problem: explained(thrown) });
      }
    };

    const provider = async (): Promise<PageProvider> => {
      if (engine.getState().probe === "asking") await engine.getState().askDevice();
      const { device } = engine.getState();
      return device?.backend === "webgpu" && !device.slow ? "webgpu" : "wasm";
    };

    const loadWith = async (fingerprint: string, on: PageProvider): Promise<PageLoaded> => {
      const { model, tuned } = entry(known, fingerprint);
      const probes = tuned ? null : await client.probeVectors(fingerprint);
      let began: { at: number; done: number } | null = null;
      const onEvent = (progress: PageLoadEvent) => {
        if (progress.phase !== "download") return put(fingerprint, { progress, speed: null });
        began ??= { at: now(), done: progress.done };
        const milliseconds = now() - began.at;
        const bytesPerSecond = ((progress.done - began.done) / milliseconds) * 1000;
        const speed =
          milliseconds > SPEED_AFTER_MS && bytesPerSecond > 0
            ? { bytesPerSecond, secondsLeft: (progress.total - progress.done) / bytesPerSecond }
            : null;
        put(fingerprint, { progress, speed });
      };
      const request = { model, provider: on, probes, headers: headers() };
      return workerOf(fingerprint).load(request, onEvent, loading.signal);
    };

    const load = async (fingerprint: string): Promise<void> => {
      put(fingerprint, { status: "loading", progress: null, speed: null, problem: null, instead: null });
      loading = new AbortController();
      try {
        let on = await provider();
        let loaded: PageLoaded;
        try {
          loaded = await loadWith(fingerprint, on);
        } catch (thrown) {
          const problem = toProblem(thrown);
          if (on === "wasm" || !GPU_FAILURES.includes(problem.code)) throw thrown;
          // A failed runtime keeps its state: the processor gets a worker of its own.
          close(fingerprint);
          put(fingerprint, { instead: problem, progress: null });
          on = "wasm";
          loaded = await loadWith(fingerprint, on);
        }
        put(fingerprint, { status: "ready", loaded: { ...loaded, provider: on }, progress: null, speed: null });
        noteStored(get().models[fingerprint]?.parts ?? []);
      } catch (thrown) {
        close(fingerprint);
        const problem = explained(thrown);
        if (problem.code !== "aborted")
          return put(fingerprint, { status: "failed", problem, progress: null, speed: null });
        if (get().where === "page" && get().models[fingerprint]) await inspect(fingerprint);
      }
    };

    return {
      where: "server",
      sides: {},
      models: {},
      asking: false,
      choose(where) {
        if (where === "server") {
          preparing += 1;
          for (const fingerprint of [...workers.keys()]) close(fingerprint);
          set({ where, sides: {}, models: {}, asking: false });
        } else set({ where });
      },
      async prepare(models) {
        const run = (preparing += 1);
        set({ asking: true });
        const answers = await Promise.all(models.map(async (side) => [side, await describe(side)] as const));
        if (run !== preparing) return;
        const sides: PageModelsState["sides"] = {};
        const states: PageModelsState["models"] = {};
        for (const [side, answer] of answers) {
          if (!("embedder" in answer)) {
            sides[side] = { problem: answer };
            continue;
          }
          const { embedder, hub, maxTokens } = answer;
          const { fingerprint, version, base, dimension } = embedder;
          sides[side] = { fingerprint };
          const model = { ...(hub ?? { repo: "", revision: "" }), fingerprint, dimension, maxTokens };
          known.set(fingerprint, { model, tuned: version !== null });
          const before = get().models[fingerprint];
          const state = before && before.status !== "failed" ? before : { ...UNKNOWN, name: version ?? base };
          states[fingerprint] = hub ? state : { ...state, status: "failed", problem: NOT_GIVEN_OUT };
        }
        // Models that answer for no side any more give their memory back.
        for (const fingerprint of [...workers.keys()]) if (!(fingerprint in states)) close(fingerprint);
        set({ sides, models: states, asking: false });
        const fresh = Object.entries(states).flatMap(([fingerprint, { status }]) =>
          status === "asking" ? [fingerprint] : [],
        );
        await Promise.all(fresh.map(inspect));
        const here = fresh.filter(
          (fingerprint) => waits(fingerprint) && downloadBytes([present(get().models[fingerprint], fingerprint)]) === 0,
        );
        if (run === preparing) for (const fingerprint of here) await load(fingerprint);
      },
      async load() {
        const { sides, models } = get();
        const unknown =
          Object.values(sides).some((side) => side && "problem" in side) ||
          Object.values(models).some(({ parts }) => parts === null);
        if (unknown) await get().prepare(Object.keys(sides));
        // One after the other: they share what they download, and each takes much memory while it opens.
        for (const fingerprint of Object.keys(get().models)) {
          const state = get().models[fingerprint];
          if (!state?.parts || !["waiting", "failed"].includes(state.status)) continue;
          await load(fingerprint);
          if (waits(fingerprint)) return; // It was cancelled.
        }
      },
      cancel: () => loading.abort(),
      async forget() {
        const [first] = Object.keys(get().models);
        if (first === undefined) return;
        for (const fingerprint of [...workers.keys()]) close(fingerprint);
        await workerOf(first).forget();
        for (const fingerprint of Object.keys(get().models)) {
          put(fingerprint, { status: "asking", loaded: null, instead: null });
          await inspect(fingerprint);
        }
      },
      async embed(q, side) {
        const found = get().sides[side];
        if (found && "problem" in found)
          throw new StudioError(found.problem.code, found.problem.message, found.problem.hint);
        const fingerprint = found?.fingerprint;
        const state = fingerprint === undefined ? undefined : get().models[fingerprint];
        if (fingerprint === undefined || state?.status !== "ready") throw absent(state);
        const before = last.get(fingerprint);
        if (before?.q === q) return before.answer;
        const answer = (async () => {
          const from = now();
          const vector = await workerOf(fingerprint).embed(q);
          return { vector, fingerprint, seconds: (now() - from) / 1000 };
        })();
        last.set(fingerprint, { q, answer });
        answer.catch(() => last.delete(fingerprint));
        return answer;
      },
    };
  });

const NOT_GIVEN_OUT: Problem = {
  code: "page-model-not-served",
  message: "The model that answers here is not in the registry, so the server does not give its files out.",
  hint: "Embed questions on the server.",
};

const absent = (state: PageModelState | undefined): StudioError => {
  if (state?.problem) return new StudioError(state.problem.code, state.problem.message, state.problem.hint);
  return new StudioError(
    "page-model-absent",
    "This page has not loaded the model that answers here.",
    "Load it above, or embed questions on the server.",
  );
};
