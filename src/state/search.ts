import { useStore } from "zustand";
import { createStore, type StoreApi } from "zustand/vanilla";
import {
  retrievalModelSchema,
  type DocumentList,
  type IndexStatus,
  type IngestJob,
  type RetrievalModel,
  type SearchResponse,
} from "../domain/api/index.ts";
import { toProblem, type Problem } from "../domain/errors.ts";
import type { Tracer } from "../domain/telemetry/tracer.ts";
import { documentsFromText, ended, type IngestInput } from "../workflows/ingest.ts";
import { tracedIngest, tracedSearch } from "../workflows/traceRetrieval.ts";
import type { RetrievalClient, SearchRequest } from "../workflows/searchPorts.ts";
import { useStores } from "./stores.ts";

/** Pasted text as documents. */
export const documentsFrom = documentsFromText;

export const MODELS = retrievalModelSchema.options;

/** One model's side of a search. */
export interface SearchSide {
  status: "searching" | "answered" | "failed";
  response: SearchResponse | null;
  problem: Problem | null;
  /** Round trip. */
  seconds: number | null;
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
  sides: Partial<Record<RetrievalModel, SearchSide>>;
  refresh(): Promise<void>;
  /** Whether the documents were taken. */
  ingest(input: IngestInput): Promise<boolean>;
  reembed(): Promise<void>;
  cancelJob(id: string): Promise<void>;
  retryJob(id: string): Promise<void>;
  removeDocument(id: string): Promise<void>;
  search(request: SearchRequest): Promise<void>;
}
export type SearchStore = StoreApi<SearchState>;

export const createSearchStore = (client: RetrievalClient, tracer: Tracer, now: () => number): SearchStore =>
  createStore<SearchState>((set, get) => {
    const put = (job: IngestJob) =>
      set({
        jobs: [job, ...get().jobs.filter(({ id }) => id !== job.id)].sort((a, b) =>
          b.createdAt.localeCompare(a.createdAt),
        ),
      });
    const followed = new Set<string>();
    /** Watches a job to its end, once; then reads what is stored anew. */
    const follow = async (id: string) => {
      if (followed.has(id)) return;
      followed.add(id);
      try {
        for await (const job of client.follow(id, new AbortController().signal)) put(job);
        await get().refresh();
      } catch (thrown) {
        set({ problem: toProblem(thrown) });
      } finally {
        followed.delete(id);
      }
    };
    const control = async (task: () => Promise<IngestJob>) => {
      const job = await task();
      put(job);
      if (ended(job)) await get().refresh();
      else void follow(job.id);
    };
    let asking = new AbortController();
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
            if (!taken) followed.add(job.id);
            taken = true;
            put(job);
            set({ sending: false });
            if (ended(job)) followed.delete(job.id);
          }
          await get().refresh();
        } catch (thrown) {
          set({ ingestProblem: toProblem(thrown) });
        } finally {
          set({ sending: false });
        }
        return taken;
      },
      reembed: () => control(() => client.reembed()),
      cancelJob: (id) => control(() => client.cancelJob(id)),
      retryJob: (id) => control(() => client.retryJob(id)),
      async removeDocument(id) {
        await client.removeDocument(id);
        await get().refresh();
      },
      async search(request) {
        asking.abort();
        const mine = new AbortController();
        asking = mine;
        const waiting: SearchSide = { status: "searching", response: null, problem: null, seconds: null };
        set({ asked: request, sides: Object.fromEntries(MODELS.map((model) => [model, waiting])) });
        for await (const event of tracedSearch(request, MODELS, client, tracer, now, mine.signal)) {
          if (mine.signal.aborted) return;
          const side: SearchSide =
            event.type === "answered"
              ? { status: "answered", response: event.response, problem: null, seconds: event.seconds }
              : { status: "failed", response: null, problem: event.problem, seconds: null };
          set({ sides: { ...get().sides, [event.model]: side } });
        }
      },
    };
  });

export const useSearch = <T>(select: (state: SearchState) => T): T => useStore(useStores().search, select);
