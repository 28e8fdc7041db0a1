import { createStore, type StoreApi } from "zustand/vanilla";
import { SAMPLE_PASSAGES, type Caps } from "../../domain/questions/estimate.ts";
import { StudioError, toProblem, type Problem } from "../../domain/errors.ts";
import { DEFAULT_THRESHOLDS, type FilterThresholds } from "../../domain/questions/filters/thresholds.ts";
import type { EngineService } from "../../worker/engine/protocol.ts";
import type {
  DocumentLine,
  FilteringProgress,
  Judgement,
  NamedFile,
  QuestionList,
  QuestionRow,
  QuestionsService,
  QuestionsView,
  ReadingProgress,
  RefusedFile,
  WritingProgress,
  WritingSettings,
} from "../../worker/questions/protocol.ts";
import type { DatasetsStore } from "../datasets/state.ts";
import type { EngineStore } from "../device/store.ts";
import type { BaseRef } from "../runs/ports.ts";
import type { LiveRunStore } from "../runs/liveStore.ts";
import { filterByBase } from "./filterByBase.ts";

export type {
  DocumentLine,
  FilteredView,
  QuestionList,
  QuestionRow,
  QuestionsView,
  RealView,
  RefusedFile,
  ReviewView,
  Verdict,
  WriterChoice,
  WritingSettings,
  WritingView,
} from "../../worker/questions/protocol.ts";

/** A writing that waits for a word, since it puts others in place of the questions that are there. */
export interface WantedWriting {
  how: "tryOut" | "write";
  settings: WritingSettings;
  bounds: WritingLimits;
}

/** What a writing may take, and what it needs that is not stored. */
export interface WritingLimits {
  caps: Caps;
  /** Of the endpoint, where it wants one. */
  key: string | null;
}

/** What the worker is doing; one thing at a time. */
export type Doing =
  | { what: "reading"; progress: ReadingProgress | null }
  | { what: "writing"; progress: WritingProgress | null; startedAt: number; doneBefore: number }
  | { what: "filtering"; progress: FilteringProgress | null; startedAt: number };

/** Documents and the questions about them. Texts are in the questions worker. */
export interface QuestionsState {
  status: "loading" | "ready";
  view: QuestionsView | null;
  doing: Doing | null;
  problem: Problem | null;
  /** During what the problem came up; null for anything that is done at once. */
  failed: Doing["what"] | null;
  load(): Promise<void>;
  /** Files that wait for a word: they may be added to the documents that are there, or take their place. */
  offered: readonly NamedFile[] | null;
  /** Reads files; where documents are there already, they are offered first. */
  offer(files: readonly NamedFile[]): Promise<void>;
  /** Reads files in place of what is there, or adds them to it. */
  read(files: readonly NamedFile[], how?: "replace" | "add"): Promise<void>;
  /** The documents in files that the server does not read itself, such as archives and tables; nothing here changes. */
  texts(files: readonly NamedFile[]): ReturnType<QuestionsService["texts"]>;
  keepPresent(): void;
  /** Waits for a word, since questions would go. */
  wanted: WantedWriting | null;
  /** Asks about a few passages, and says what all will take. */
  tryOut(settings: WritingSettings, bounds: WritingLimits): Promise<void>;
  /** Writes all, from where it stopped, and filters what came. */
  write(settings: WritingSettings, bounds: WritingLimits): Promise<void>;
  /** Begins the writing that waits. */
  replace(): Promise<void>;
  /** Filters what there is, though not all was written; other thresholds hold from then on. */
  filter(thresholds?: FilterThresholds): Promise<void>;
  /** Takes real questions from a file, or forgets them, and filters again. Gives the first of them, for the style. */
  takeReal(file: NamedFile | null): Promise<string[]>;
  stop(): void;
  /** Documents that were read and files that were not, by place. */
  documents(from: number, to: number): Promise<DocumentLine[]>;
  refusedFiles(from: number, to: number): Promise<RefusedFile[]>;
  rows(list: QuestionList, from: number, to: number): Promise<{ count: number; rows: QuestionRow[] }>;
  /** The question as it is then; null when that failed. */
  judge(id: string, judgement: Judgement): Promise<QuestionRow | null>;
  /** Makes an ordinary data set of the pairs and opens it. True when that worked. */
  use(): Promise<boolean>;
  discard(): Promise<void>;
  dismiss(): void;
}
export type QuestionsStore = StoreApi<QuestionsState>;

export interface QuestionsStorePorts {
  questions: QuestionsService;
  engine: Pick<EngineService, "embed">;
  /** The base that is chosen for the next run: its tokens are counted, and its eyes filter. */
  base(): BaseRef;
  /** Of the studio's server; null without one. */
  token(): string | null;
  /** ISO 8601 */
  timestamp(): string;
  /** Milliseconds */
  now(): number;
}

export const createQuestionsStore = (
  ports: QuestionsStorePorts,
  { datasets, engineStore, live }: { datasets: DatasetsStore; engineStore: EngineStore; live: LiveRunStore },
): QuestionsStore =>
  createStore<QuestionsState>((set, get) => {
    const { questions } = ports;
    let under = new AbortController();
    /** Where the person wants the filters to draw their lines. */
    let chosen: FilterThresholds | null = null;

    /** One piece of work; a failure keeps what was there, and a stop is none. */
    const work = async (
      doing: Doing,
      apply: (signal: AbortSignal) => Promise<QuestionsView | null>,
    ): Promise<QuestionsView | null> => {
      if (get().doing) throw busy();
      under = new AbortController();
      const { signal } = under;
      set({ doing, problem: null, failed: null });
      try {
        const view = await apply(signal);
        set({ view });
        return signal.aborted ? null : view;
      } catch (thrown) {
        const problem = toProblem(thrown);
        // What came before the failure is stored; the figures say how much.
        const view = await questions.open().catch(() => get().view);
        if (problem.code === "aborted") set({ view });
        else set({ view, problem, failed: doing.what });
        return null;
      } finally {
        set({ doing: null });
      }
    };

    const goesOn = (settings: WritingSettings): boolean =>
      JSON.stringify(get().view?.writing?.settings) === JSON.stringify(settings);

    const write = ({ how, settings, bounds }: WantedWriting) => {
      const doneBefore = goesOn(settings) ? (get().view?.writing?.done ?? 0) : 0;
      const doing = { what: "writing" as const, progress: null, startedAt: ports.now(), doneBefore };
      const sample = how === "tryOut" ? SAMPLE_PASSAGES : undefined;
      // Until its model is loaded nothing is written, and what is left is told by the writing alone.
      const onProgress = (progress: WritingProgress) => {
        if (progress.loading) doing.startedAt = ports.now();
        set({ doing: { ...doing, progress } });
      };
      return work(doing, (signal) =>
        questions.write(settings, { ...bounds, sample, token: ports.token() }, onProgress, signal),
      );
    };

    const begin = async (wanted: WantedWriting): Promise<void> => {
      set({ wanted: null });
      const view = await write(wanted);
      if (view && wanted.how === "write") await get().filter();
    };

    /** Asks first where questions would go. */
    const want = async (wanted: WantedWriting): Promise<void> => {
      if (get().doing) throw busy();
      if (!goesOn(wanted.settings) && (get().view?.writing?.questions ?? 0) > 0) set({ wanted });
      else await begin(wanted);
    };

    return {
      status: "loading",
      view: null,
      doing: null,
      problem: null,
      failed: null,
      async load() {
        try {
          set({ view: await questions.open(), status: "ready" });
        } catch (thrown) {
          set({ problem: toProblem(thrown), failed: null, status: "ready" });
        }
      },
      offered: null,
      async offer(files) {
        if (get().doing) throw busy();
        if (get().view) set({ offered: files });
        else await get().read(files);
      },
      texts: (files) => questions.texts(files, new AbortController().signal),
      keepPresent: () => set({ offered: null, wanted: null }),
      wanted: null,
      async read(files, how = "replace") {
        set({ offered: null });
        await work({ what: "reading", progress: null }, async (signal) => {
          const base = ports.base();
          if (base.source === "hub") await engineStore.getState().requireBase(base);
          const made = { base, createdAt: ports.timestamp(), add: how === "add" };
          return questions.read(files, made, (progress) => set({ doing: { what: "reading", progress } }), signal);
        });
      },
      tryOut: (settings, bounds) => want({ how: "tryOut", settings, bounds }),
      write: (settings, bounds) => want({ how: "write", settings, bounds }),
      async replace() {
        const { wanted } = get();
        if (wanted) await begin(wanted);
      },
      async filter(given) {
        const thresholds = given ?? chosen ?? get().view?.filtered?.thresholds ?? DEFAULT_THRESHOLDS;
        chosen = thresholds;
        const doing = { what: "filtering" as const, progress: null, startedAt: ports.now() };
        await work(doing, (signal) =>
          filterByBase(
            { ...ports, engineStore, live },
            thresholds,
            (progress) => {
              // What is left of a stage is told by that stage alone.
              const now = get().doing;
              const before = now?.what === "filtering" ? now.progress : null;
              if (before?.filter !== progress.filter || before.stage !== progress.stage) doing.startedAt = ports.now();
              set({ doing: { ...doing, progress } });
            },
            signal,
          ),
        );
      },
      async takeReal(file) {
        if (get().doing) throw busy();
        chosen ??= get().view?.filtered?.thresholds ?? null;
        const { view, style } = await questions.takeReal(file);
        set({ view });
        if ((view.writing?.questions ?? 0) > 0) await get().filter();
        return style;
      },
      stop: () => under.abort(),
      documents: (from, to) => questions.documents(from, to),
      refusedFiles: (from, to) => questions.refusedFiles(from, to),
      rows: (list, from, to) => questions.rows(list, from, to),
      async judge(id, judgement) {
        try {
          const { row, view } = await questions.judge(id, judgement);
          set({ view });
          return row;
        } catch (thrown) {
          set({ problem: toProblem(thrown), failed: null });
          return null;
        }
      },
      async use() {
        try {
          const { file, name, provenance } = await questions.pairs();
          await datasets.getState().addFile(file, name, provenance);
          return datasets.getState().readProblem === null;
        } catch (thrown) {
          set({ problem: toProblem(thrown), failed: null });
          return false;
        }
      },
      async discard() {
        under.abort();
        try {
          await questions.discard();
          set({ view: null, problem: null, failed: null });
        } catch (thrown) {
          set({ problem: toProblem(thrown), failed: null });
        }
      },
      dismiss: () => set({ problem: null, failed: null }),
    };
  });

const busy = (): StudioError =>
  new StudioError("questions-busy", "The documents are being worked on.", "Wait until it is done, or stop it.");
