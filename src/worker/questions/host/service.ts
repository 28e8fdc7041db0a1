import { readDocuments, type PdfData } from "../../../domain/documents/index.ts";
import { StudioError } from "../../../domain/errors.ts";
import type { ModelFiles } from "../../../domain/modelFiles.ts";
import { pairsOf } from "../../../domain/questions/account.ts";
import { filterQuestions } from "../../../domain/questions/filters/filter.ts";
import { MAX_EXAMPLES } from "../../../domain/questions/prompts.ts";
import { readRealQuestions, realPairs } from "../../../domain/questions/realQuestions.ts";
import { compareWithReal } from "../../../domain/questions/tellApart.ts";
import type { FilterName, WritingEvent } from "../../../domain/questions/types.ts";
import { writeQuestions } from "../../../domain/questions/write.ts";
import type { Writer } from "../../../domain/questions/writer.ts";
import type { BaseRef } from "../../engine/protocol.ts";
import { borrow } from "../../rpc.ts";
import type {
  Embedder,
  FilteringProgress,
  QuestionsService,
  RefusedFile,
  WriterChoice,
  WritingProgress,
} from "../protocol.ts";
import type { QuestionsStorage } from "../storage.ts";
import type { HeldGenerator } from "./heldGenerator.ts";
import { knownVectors } from "./knownVectors.ts";
import { pageWriter } from "./pageWriter.ts";
import { madeOf, newProject, usedQuestions, viewOf, weakLedger, writtenQuestions, type Project } from "./project.ts";
import { addedTo } from "./addedTo.ts";
import { readFiles } from "./readFiles.ts";
import { begin, continuing, goesOn, noneWritten, replaces, replacing } from "./replacing.ts";
import { listed, questionOf, rowOf } from "./rows.ts";
import { writerOf } from "./writers.ts";

export interface QuestionsPorts {
  storage: QuestionsStorage;
  /** The small files of a base: its tokenizer. */
  openFiles(base: BaseRef): Promise<ModelFiles>;
  pdfData: PdfData;
  generator: HeldGenerator;
}

/** The page hears of the writing at most so often. */
const EVERY_MS = 100;

/** The keeper of documents and questions, wherever it runs. */
export const createQuestionsService = ({
  storage,
  openFiles,
  pdfData,
  generator,
}: QuestionsPorts): QuestionsService => {
  let held: Project | null = null;
  const known = knownVectors();

  /** What is stored, read once. */
  const load = async (): Promise<Project | null> => {
    if (held) return held;
    const stored = await storage.loadDocuments();
    if (!stored) return null;
    const [writing, entries, filtered, real, judgements] = await Promise.all([
      storage.loadWriting(),
      storage.entries(),
      storage.loadFiltered(),
      storage.loadReal(),
      storage.loadJudgements(),
    ]);
    held = { ...newProject(stored), writing, entries, filtered, real, judgements };
    return held;
  };
  const loaded = async (): Promise<Project> => {
    const project = await load();
    if (project) return project;
    throw new StudioError("questions-missing", "No documents were read yet.", "Drop documents first.");
  };

  return {
    async open() {
      const project = await load();
      return project && viewOf(project);
    },
    async read(files, made, onProgress, signal) {
      const earlier = made.add ? (await loaded()).stored : null;
      const wanted = {
        base: earlier?.base ?? made.base,
        createdAt: made.createdAt,
        ...(earlier && { except: new Set(earlier.documents.map(({ name }) => name)) }),
      };
      const read = await readFiles(files, wanted, { openFiles, pdfData }, onProgress, signal);
      const stored = earlier ? addedTo(earlier, read) : read;
      await storage.saveDocuments(stored);
      held = newProject(stored);
      return viewOf(held);
    },
    async texts(files, signal) {
      const documents: { name: string; title: string | null; text: string }[] = [];
      const refused: RefusedFile[] = [];
      for await (const event of readDocuments(files, { pdfData, signal }))
        if (event.type === "refused") refused.push({ name: event.name, problem: event.problem });
        else documents.push({ name: event.document.name, title: event.document.title, text: event.document.text });
      return { documents, refused };
    },
    documents: async (from, to) => (await loaded()).stored.documents.slice(from, to),
    refusedFiles: async (from, to) => (await loaded()).stored.refused.slice(from, to),
    async write(settings, { sample, caps, token = null, key = null }, onProgress, signal) {
      const project = await loaded();
      const replacement = replaces(project, settings) ? replacing(storage, project, settings) : null;
      if (settings.writer.kind === "weak") {
        await begin(storage, project, settings);
        project.entries = weakLedger(project, settings.perPassage, settings.seed);
        await storage.saveEntries(project.entries);
        return viewOf(project);
      }
      if (!replacement && !goesOn(project, settings)) await begin(storage, project, settings);
      const { tell, onWaiting, onLoading } = teller(onProgress);
      const hearing = { token, key, onWaiting, onLoading, signal };
      const writer = await writerFor(project, settings.writer, generator, hearing);
      const before = performance.now();
      const earlier = replacement ? null : project.writing;
      let promptHash = earlier?.promptHash ?? null;
      try {
        const written = await writeQuestions({
          passages: project.stored.passages,
          settings,
          writer,
          ledger: replacement ?? continuing(storage, project),
          sample,
          caps,
          signal,
          onEvent: tell,
        });
        promptHash = written.promptHash;
        if (replacement && !replacement.replaced() && written.stopped !== "aborted")
          throw noneWritten(replacement.held());
      } catch (thrown) {
        // What ends a run may leave the page's model unusable; the next run loads it afresh.
        generator.release();
        throw thrown;
      } finally {
        // The filters need the memory that the page's model has; a sample is followed by the rest. A stop may have ended its worker.
        if (sample === undefined || signal.aborted) generator.release();
        if (!replacement || replacement.replaced()) {
          project.prices = caps?.prices;
          project.entries = await storage.entries();
          const seconds = (earlier?.seconds ?? 0) + (performance.now() - before) / 1000;
          project.writing = { settings, seconds, promptHash };
          await storage.saveWriting(project.writing);
        }
      }
      return viewOf(project);
    },
    async takeReal(file) {
      const project = await loaded();
      const real = file && { name: file.name, questions: await readRealQuestions(file, project.stored.passages) };
      await storage.saveFiltered(null);
      project.filtered = null;
      await storage.saveReal(real);
      project.real = real;
      return { view: viewOf(project), style: real?.questions.slice(0, MAX_EXAMPLES).map(({ text }) => text) ?? [] };
    },
    async filter(port, { thresholds, base }, onProgress, signal) {
      const project = await loaded();
      const embedder = borrow<Embedder>(port);
      const { filtering, embedding } = filterTeller(onProgress);
      const embed = known.by(base, (texts, kind) => embedder.embed(texts, kind), signal, embedding);
      const real = project.real?.questions.map(({ text }) => text) ?? [];
      try {
        const filtered = await filterQuestions(writtenQuestions(project), project.stored.passages, {
          embed,
          thresholds,
          // A question that a person asked is no question to train on beside it.
          examples: [...(project.writing?.settings.examples ?? []), ...real],
          signal,
          onProgress: filtering,
        });
        const apart = await compareWithReal(embed, filtered.kept, real);
        project.filtered = { ...filtered, apart };
        await storage.saveFiltered(project.filtered);
      } finally {
        port.close();
      }
      return viewOf(project);
    },
    async rows(list, from, to) {
      const project = await loaded();
      const all = listed(project, list);
      return { count: all.length, rows: all.slice(from, to).map((question) => rowOf(project, question)) };
    },
    async judge(id, judgement) {
      const project = await loaded();
      const question = questionOf(project, id);
      await storage.saveJudgement(id, judgement);
      project.judgements.set(id, judgement);
      return { row: rowOf(project, question), view: viewOf(project) };
    },
    async pairs() {
      const project = await loaded();
      const pairs = pairsOf(usedQuestions(project), project.stored.passages);
      if (pairs.length === 0)
        throw new StudioError("questions-none-kept", "No question is left.", "Bring some back, or have more written.");
      const real = realPairs(project.real?.questions ?? [], project.passages);
      const file = new Blob([...pairs, ...real].map((pair) => `${JSON.stringify(pair)}\n`));
      return { file, name: `questions about ${project.stored.name}.jsonl`, provenance: madeOf(project) };
    },
    async discard() {
      await storage.clear();
      generator.release();
      known.forget();
      held = null;
    },
  };
};

interface Hearing {
  token: string | null;
  key: string | null;
  onWaiting: (milliseconds: number, reason: string) => void;
  onLoading: (loading: WritingProgress["loading"], slow: boolean) => void;
  signal: AbortSignal;
}

/** The writer of a choice; that in the page is loaded for it, from the hub that the base came from. */
const writerFor = async (
  { stored: { base } }: Project,
  choice: Exclude<WriterChoice, { kind: "weak" }>,
  generator: HeldGenerator,
  { token, key, onWaiting, onLoading, signal }: Hearing,
): Promise<Writer> => {
  if (choice.kind !== "page") return writerOf(choice, { token, key }, onWaiting);
  const host = base.source === "hub" ? (base.host ?? null) : null;
  const onProgress = (done: number, total: number) => onLoading({ done, total }, false);
  const { generate, slow } = await generator.open(host, onProgress, signal);
  onLoading(null, slow);
  return pageWriter(choice.model, generate);
};

/** Tells the page how far the writing is, and not more often than it can draw. */
const teller = (onProgress: (progress: WritingProgress) => void) => {
  const now: WritingProgress = { done: 0, total: 0, failed: 0, waiting: null, loading: null, slow: false };
  let told = 0;
  const report = () => {
    told = performance.now();
    onProgress({ ...now });
  };
  return {
    onLoading: (loading: WritingProgress["loading"], slow: boolean): void => {
      Object.assign(now, { loading, slow });
      report();
    },
    onWaiting: (milliseconds: number, reason: string): void => {
      now.waiting = { milliseconds, reason };
      report();
    },
    tell: (event: WritingEvent): void => {
      if (event.type === "waiting") return;
      now.done = event.done;
      now.total = event.total;
      if (event.type === "passage") {
        now.waiting = null;
        if (event.entry.outcome === "failed") now.failed++;
      }
      if (performance.now() - told >= EVERY_MS || event.done === event.total) report();
    },
  };
};

/** Tells the page how far the filters are, and not more often than it can draw. */
const filterTeller = (onProgress: (progress: FilteringProgress) => void) => {
  let filter: FilterName = "empty";
  let told = 0;
  const report = (stage: FilteringProgress["stage"], done: number, total: number, always: boolean) => {
    if (!always && done < total && performance.now() - told < EVERY_MS) return;
    told = performance.now();
    onProgress({ filter, stage, done, total });
  };
  return {
    filtering: (name: FilterName, done = 0, total = 0): void => {
      const another = name !== filter;
      filter = name;
      report("looking", done, total, another);
    },
    embedding: (done: number, total: number): void => report("embedding", done, total, false),
  };
};
