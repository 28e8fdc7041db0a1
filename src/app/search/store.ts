import { createStore, type StoreApi } from "zustand/vanilla";
import {
  retrievalModelSchema,
  type DocumentList,
  type IndexStatus,
  type IngestDocument,
  type IngestJob,
  type SearchedModel,
  type SearchResponse,
} from "../../domain/api/index.ts";
import { toProblem, type Problem } from "../../domain/errors.ts";
import type { Tracer } from "../../domain/telemetry/tracer.ts";
import { ended, type IngestInput } from "./ingest.ts";
import { tracedIngest, tracedSearch } from "./trace.ts";
import type { EmbedHere, RetrievalClient, SearchRequest } from "./ports.ts";

export const MODELS = retrievalModelSchema.options;

/** One model's side of a search. */
export interface SearchSide {
  status: "searching" | "answered" | "failed";
  response: SearchResponse | null;
  problem: Problem | null;
  /** Round trip, embedding in the page included. */
  seconds: number | null;
  /** For embedding in the page; null where the server embedded. */
  embedSeconds: number | null;
}

/** The server's documents and the last search. */
export interface SearchState {
  status: "loading" | "ready" | "failed";
  problem: Problem | null;
  index: IndexStatus | null;
  documents: DocumentList | null;
  /** Newest first. */
  jobs: IngestJob[];
  /** Why the last ingestion was not taken. */
  ingestProblem: Problem | null;
  sending: boolean;
  asked: SearchRequest | null;
  /** By model, in the order they were asked. */
  sides: Partial<Record<SearchedModel, SearchSide>>;
  /** A registered version to ask beside the baseline and production. */
  candidate: string | null;
  refresh(): Promise<void>;
  /** Whether the documents were taken. */
  ingest(input: IngestInput): Promise<boolean>;
  /** Ingests documents and sees to it that the baseline can be asked about them too. @returns whether they were taken */
  putToWork(documents: readonly IngestDocument[]): Promise<boolean>;
  reembed(): Promise<void>;
  /** Embeds the documents with a model that has not seen them, then asks it what was asked last. */
  prepare(model: SearchedModel): Promise<void>;
  cancelJob(id: string): Promise<void>;
  retryJob(id: string): Promise<void>;
  removeDocument(id: string): Promise<void>;
  search(request: SearchRequest, candidate: string | null): Promise<void>;
}
export type SearchStore = StoreApi<SearchState>;

/**
 * `embedHere` gives what embeds questions in the page, or null while the server does. `onUnauthorized` is told when the server
 * refused a change for want of its token; `onOtherModel` when it does not take the page's vectors any more.
 */
export const createSearchStore = (
  client: RetrievalClient,
  embedHere: () => EmbedHere | null,
  onOtherModel: (models: SearchedModel[]) => void,
  tracer: Tracer,
  now: () => number,
  onUnauthorized: () => void,
): SearchStore =>
  createStore<SearchState>((set, get) => {
    const refused = (thrown: unknown): Problem => {
      const problem = toProblem(thrown);
      if (problem.code === "unauthorized") onUnauthorized();
      return problem;
    };
    const put = (job: IngestJob) =>
      set({
        jobs: [job, ...get().jobs.filter(({ id }) => id !== job.id)].sort((a, b) =>
          b.createdAt.localeCompare(a.createdAt),
        ),
      });
    const followed = new Map<string, Promise<void>>();
    /** Watches a job to its end, once; then reads what is stored anew. */
    const follow = (id: string): Promise<void> => {
      const watching = followed.get(id) ?? watch(id).finally(() => followed.delete(id));
      followed.set(id, watching);
      return watching;
    };
    const watch = async (id: string) => {
      try {
        for await (const job of client.follow(id, new AbortController().signal)) put(job);
        await get().refresh();
      } catch (thrown) {
        set({ problem: toProblem(thrown) });
      }
    };
    /** Changes something on the server; rejects with what it says. */
    const change = <T>(task: () => Promise<T>): Promise<T> =>
      task().catch((thrown: unknown) => {
        refused(thrown);
        throw thrown;
      });
    const control = async (task: () => Promise<IngestJob>, toTheEnd = false): Promise<void> => {
      const job = await change(task);
      put(job);
      const end = ended(job) ? get().refresh() : follow(job.id);
      if (toTheEnd) await end;
    };
    /** Has the server keep vectors of the baseline, so that each document is embedded for it from now on. @returns what hindered it */
    const openBaseline = async (): Promise<Problem | null> => {
      try {
        const { collections } = await client.index();
        if (!collections.some(({ model, state }) => model === "baseline" && state !== "stale"))
          await control(() => client.reembed("baseline"));
        return null;
      } catch (thrown) {
        return refused(thrown);
      }
    };
    let asking = new AbortController();
    const ask = async (models: readonly SearchedModel[], request: SearchRequest, signal: AbortSignal) => {
      const waiting: SearchSide = {
        status: "searching",
        response: null,
        problem: null,
        seconds: null,
        embedSeconds: null,
      };
      set({ sides: { ...get().sides, ...Object.fromEntries(models.map((model) => [model, waiting])) } });
      for await (const event of tracedSearch(request, models, client, embedHere(), tracer, now, signal)) {
        if (signal.aborted) return;
        const side: SearchSide =
          event.type === "answered"
            ? {
                status: "answered",
                response: event.response,
                problem: null,
                seconds: event.seconds,
                embedSeconds: event.embedSeconds,
              }
            : { ...waiting, status: "failed", problem: event.problem };
        set({ sides: { ...get().sides, [event.model]: side } });
        if (side.problem?.code === "vector-model-differs") onOtherModel(Object.keys(get().sides));
      }
    };
    return {
      status: "loading",
      problem: null,
      index: null,
      documents: null,
      jobs: [],
      ingestProblem: null,
      sending: false,
      asked: null,
      sides: {},
      candidate: null,
      async refresh() {
        try {
          // The index first: a server without it has none of the others.
          const index = await client.index();
          const [documents, jobs] = await Promise.all([client.documents(), client.jobs()]);
          set({ status: "ready", problem: null, index, documents, jobs });
          for (const job of jobs) if (!ended(job)) void follow(job.id);
        } catch (thrown) {
          set({ status: "failed", problem: toProblem(thrown) });
        }
      },
      async ingest(input) {
        set({ sending: true, ingestProblem: null });
        let taken = false;
        try {
          for await (const job of tracedIngest(input, client, tracer, new AbortController().signal)) {
            if (!taken) followed.set(job.id, Promise.resolve());
            taken = true;
            put(job);
            set({ sending: false });
            if (ended(job)) followed.delete(job.id);
          }
          await get().refresh();
        } catch (thrown) {
          set({ ingestProblem: refused(thrown) });
        } finally {
          set({ sending: false });
        }
        return taken;
      },
      async putToWork(documents) {
        const wanting = await openBaseline();
        const taken = await get().ingest({ documents });
        // Said last, since an ingestion clears what was said before; where it was refused itself, its own reason stands.
        if (taken && wanting) set({ ingestProblem: wanting });
        return taken;
      },
      reembed: () => control(() => client.reembed()),
      async prepare(model) {
        await control(() => client.reembed(model), true);
        const { asked } = get();
        if (asked && model in get().sides) await ask([model], asked, asking.signal);
      },
      cancelJob: (id) => control(() => client.cancelJob(id)),
      retryJob: (id) => control(() => client.retryJob(id)),
      async removeDocument(id) {
        await change(() => client.removeDocument(id));
        await get().refresh();
      },
      async search(request, candidate) {
        asking.abort();
        asking = new AbortController();
        set({ asked: request, candidate, sides: {} });
        await ask([...MODELS, ...(candidate ? [candidate] : [])], request, asking.signal);
      },
    };
  });
