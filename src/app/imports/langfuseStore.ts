import { createStore, type StoreApi } from "zustand/vanilla";
import type {
  LangfuseAnswered,
  LangfuseDatasets,
  LangfusePairsRequest,
  LangfusePosition,
  LangfusePreview,
  LangfuseScores,
} from "../../domain/api/index.ts";
import { fromProblem, StudioError, toProblem, type Problem } from "../../domain/errors.ts";
import { PairFold } from "../../domain/judged/fold.ts";
import type { DatasetsStore } from "../datasets/state.ts";
import { imported, takeImported, type Imported, type Taking } from "./imported.ts";
import type { LangfuseClient } from "./ports.ts";

export type LangfuseMapping = LangfusePairsRequest["mapping"];

/** What the person has chosen to read. */
export interface LangfuseChoice {
  kind: "dataset" | "score";
  dataset: string | null;
  score: string | null;
  good: string;
  bad: string;
  /** ISO 8601 days: the first, and the last that is read. */
  from: string;
  to: string;
}

/** How far reading is. */
export interface LangfuseReading {
  read: number;
  judged: number;
  unjudged: number;
  unmapped: number;
  archived: number;
  /** 0 … 1; null where the whole is unknown. */
  share: number | null;
}

export interface LangfuseImportState {
  listing: "idle" | "loading" | "ready" | "failed";
  datasets: LangfuseDatasets["datasets"];
  scores: LangfuseScores["scores"];
  choice: LangfuseChoice;
  /** What is missing before a look can be taken, as an order; null when nothing is. */
  missing: string | null;
  looking: boolean;
  preview: LangfusePreview | null;
  mapping: LangfuseMapping | null;
  /** Null while nothing is read. It stays after a break, with what was read. */
  reading: LangfuseReading | null;
  underWay: boolean;
  /** Whether reading broke off and can go on. */
  broken: boolean;
  result: Imported | null;
  answered: LangfuseAnswered | null;
  problem: Problem | null;
  /** Asks what there is to choose from. */
  load(): Promise<void>;
  choose(patch: Partial<LangfuseChoice>): void;
  /** Takes a look; with a mapping, by it. */
  look(mapping?: LangfuseMapping): Promise<void>;
  /** Reads everything, or goes on where it broke off. */
  read(): Promise<void>;
  stop(): void;
  take(taking: Taking): Promise<void>;
}
export type LangfuseImportStore = StoreApi<LangfuseImportState>;

const DAY_MS = 24 * 3600_000;
const DAYS = 90;
const NOTHING = { preview: null, mapping: null, reading: null, broken: false, result: null, problem: null };

const missingIn = ({ kind, dataset, score, good, bad, from, to }: LangfuseChoice): string | null => {
  if (kind === "dataset") return dataset === null ? "Choose a data set" : null;
  if (score === null) return "Choose a score";
  if (good.trim() === "") return "Say which values are good";
  if (bad.trim() === "") return "Say which values are bad";
  return from <= to ? null : "Let the time begin before it ends";
};

/** The days of a choice as moments: the last day is read whole. */
const spanOf = ({ from, to }: LangfuseChoice): { from: string; to: string } => ({
  from: new Date(`${from}T00:00:00Z`).toISOString(),
  to: new Date(Date.parse(`${to}T00:00:00Z`) + DAY_MS).toISOString(),
});

const sourceOf = (choice: LangfuseChoice): LangfusePairsRequest["source"] =>
  choice.kind === "dataset"
    ? { kind: "dataset", name: choice.dataset ?? "" }
    : { kind: "score", name: choice.score ?? "", good: choice.good, bad: choice.bad, ...spanOf(choice) };

/** Rules that fit a score: the middle of a number's range, nothing for categories, which mean what a person says. */
const rulesFor = (score: LangfuseScores["scores"][number] | undefined): Pick<LangfuseChoice, "good" | "bad"> => {
  if (!score || score.min === null || score.max === null) return { good: "", bad: "" };
  const middle = score.min < 0 ? 0 : score.max <= 1 ? 0.5 : (score.min + score.max) / 2;
  return score.min < 0 ? { good: ">0", bad: "<0" } : { good: `>=${middle}`, bad: `<${middle}` };
};

const cutOff = (): StudioError =>
  new StudioError("langfuse-cut-off", "The answer ended before everything was read.", "Go on from where it broke off.");

/** Pairs from Langfuse, from the choice to the data set. `now` in milliseconds since 1970. */
export const createLangfuseImportStore = (
  client: LangfuseClient,
  datasets: DatasetsStore,
  now: () => number,
  onUnauthorized: () => void,
): LangfuseImportStore =>
  createStore<LangfuseImportState>((set, get) => {
    let asking = new AbortController();
    let fold = new PairFold();
    let position: LangfusePosition | null = null;
    const day = (milliseconds: number): string => new Date(milliseconds).toISOString().slice(0, 10);

    const failed = (thrown: unknown): Problem => {
      const problem = toProblem(thrown);
      if (problem.code === "unauthorized") onUnauthorized();
      return problem;
    };
    /** What was under way is given up: its answer is not wanted any more. */
    const begin = (): AbortController => {
      asking.abort();
      return (asking = new AbortController());
    };

    const finish = (choice: LangfuseChoice): void => {
      const source = sourceOf(choice);
      const scored = source.kind === "score";
      const provenance: Imported["provenance"] = {
        source: "langfuse",
        dataset: scored ? null : source.name,
        score: scored ? source.name : null,
        good: scored ? source.good : null,
        bad: scored ? source.bad : null,
        from: scored ? source.from : null,
        to: scored ? source.to : null,
        ...fold.sources(),
      };
      const name = `langfuse-${source.name.replace(/[^\p{L}\p{N}.-]+/gu, "-").slice(0, 60)}.jsonl`;
      set({ result: imported({ name, pairs: fold.pairs(), counts: fold.counts(), provenance }) });
    };

    return {
      listing: "idle",
      datasets: [],
      scores: [],
      choice: {
        kind: "score",
        dataset: null,
        score: null,
        good: "",
        bad: "",
        from: day(now() - DAYS * DAY_MS),
        to: day(now()),
      },
      missing: "Choose a score",
      looking: false,
      underWay: false,
      answered: null,
      ...NOTHING,
      async load() {
        set({ listing: "loading", problem: null });
        try {
          const { from, to } = spanOf(get().choice);
          const [sets, scores] = await Promise.all([client.datasets(), client.scores(from, to)]);
          set({
            listing: "ready",
            datasets: sets.datasets,
            scores: scores.scores,
            answered: { ...sets.answered, ...scores.answered },
          });
          const usable = scores.scores.find((one) => one.usable > 0);
          if (get().choice.score === null && usable) get().choose({ score: usable.name });
          else if (!usable && sets.datasets.length > 0 && get().choice.score === null)
            get().choose({ kind: "dataset" });
        } catch (thrown) {
          set({ listing: "failed", problem: failed(thrown) });
        }
      },
      choose(patch) {
        begin();
        const before = get().choice;
        const rules =
          patch.score !== undefined && patch.score !== before.score
            ? rulesFor(get().scores.find(({ name }) => name === patch.score))
            : {};
        const choice = { ...before, ...rules, ...patch };
        set({ ...NOTHING, choice, missing: missingIn(choice), looking: false, underWay: false });
      },
      async look(mapping) {
        const { signal } = begin();
        set({ ...NOTHING, preview: get().preview, mapping: mapping ?? null, looking: true, underWay: false });
        try {
          const source = sourceOf(get().choice);
          const preview = await client.preview({ source, mapping: mapping ?? null }, signal);
          set({
            preview,
            mapping: preview.mapping,
            looking: false,
            answered: { ...get().answered, ...preview.answered },
          });
        } catch (thrown) {
          if (!signal.aborted) set({ looking: false, problem: failed(thrown) });
        }
      },
      async read() {
        const { choice, mapping, broken } = get();
        if (!mapping) return;
        const { signal } = begin();
        if (!broken) {
          fold = new PairFold();
          position = null;
          set({ reading: { read: 0, judged: 0, unjudged: 0, unmapped: 0, archived: 0, share: null } });
        }
        set({ underWay: true, broken: false, problem: null, result: null });
        let ended = false;
        try {
          for await (const line of client.pairs({ source: sourceOf(choice), mapping, position }, signal)) {
            if (line.type === "problem") throw fromProblem(line.problem);
            ended ||= line.type === "end";
            if (line.type === "end") set({ answered: { ...get().answered, ...line.answered } });
            if (line.type !== "page") continue;
            for (const one of line.judged) fold.add(one);
            position = line.next;
            const before = get().reading;
            if (before)
              set({
                reading: {
                  read: before.read + line.read,
                  judged: fold.counts().judged,
                  unjudged: before.unjudged + line.unjudged,
                  unmapped: before.unmapped + line.unmapped,
                  archived: before.archived + line.archived,
                  share: line.share,
                },
              });
          }
          if (!ended) throw cutOff();
          set({ underWay: false });
          finish(choice);
        } catch (thrown) {
          if (asking.signal === signal)
            set({ underWay: false, broken: true, problem: signal.aborted ? null : failed(thrown) });
        }
      },
      stop: () => asking.abort(),
      async take(taking) {
        const { result } = get();
        if (!result) return;
        await takeImported(datasets, result, taking);
        set(NOTHING);
      },
    };
  });
