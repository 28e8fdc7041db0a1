import { StudioError } from "../../../domain/errors.ts";
import type { Ledger, LedgerEntry, LedgerHeader } from "../../../domain/questions/types.ts";
import type { WritingSettings } from "../protocol.ts";
import type { QuestionsStorage } from "../storage.ts";
import { writtenQuestions, type Project } from "./project.ts";

/** Whether writing by these settings puts an end to questions that are there. */
export const replaces = (project: Project, settings: WritingSettings): boolean =>
  !goesOn(project, settings) && writtenQuestions(project).length > 0;

/** Whether these settings ask what was asked before. */
export const goesOn = ({ writing }: Project, settings: WritingSettings): boolean =>
  JSON.stringify(writing?.settings) === JSON.stringify(settings);

/** Begins a writing anew: what was written before goes. */
export const begin = async (storage: QuestionsStorage, project: Project, settings: WritingSettings): Promise<void> => {
  await storage.forgetWriting();
  project.entries = [];
  project.filtered = null;
  project.judgements = new Map();
  project.writing = { settings, seconds: 0, promptHash: null };
  await storage.saveWriting(project.writing);
};

/** Forgets what the filters said: it was about fewer questions. What a person said of each question stays. */
const unfiltered = async (storage: QuestionsStorage, project: Project): Promise<void> => {
  if (!project.filtered) return;
  await storage.saveFiltered(null);
  project.filtered = null;
};

/** The same settings go on: the filters' word stands until there is one passage more. */
export const continuing = (storage: QuestionsStorage, project: Project): Ledger => ({
  ...passedOn(storage.ledger),
  async append(entry) {
    await unfiltered(storage, project);
    await storage.ledger.append(entry);
  },
});

/**
 * The ledger of a writing that would put an end to questions that are there: it holds what comes in memory until the first
 * question is written, and only then takes their place. A writer that cannot be reached costs nothing so.
 */
export const replacing = (
  storage: QuestionsStorage,
  project: Project,
  settings: WritingSettings,
): Ledger & { replaced(): boolean; held(): readonly LedgerEntry[] } => {
  let header: LedgerHeader | null = null;
  let replaced = false;
  const held: LedgerEntry[] = [];
  return {
    replaced: () => replaced,
    held: () => held,
    read: async () => null,
    async begin(given) {
      header = given;
    },
    async append(entry) {
      if (replaced) return storage.ledger.append(entry);
      held.push(entry);
      if (entry.outcome !== "written" || !header) return;
      await begin(storage, project, settings);
      replaced = true;
      await storage.ledger.begin(header);
      for (const earlier of held) await storage.ledger.append(earlier);
    },
  };
};

/** Every passage was asked about and none gave a question: said with the first reason, since nothing else is to be seen of it. */
export const noneWritten = (entries: readonly LedgerEntry[]): StudioError => {
  const failed = entries.find((entry) => entry.outcome === "failed");
  return new StudioError(
    "questions-none-written",
    `No question came of ${entries.length} ${entries.length === 1 ? "passage" : "passages"}${failed ? `: ${failed.problem.message}` : "."}`,
    failed?.problem.hint ?? "Take another model: this one found nothing to ask.",
  );
};

const passedOn = (ledger: Ledger): Omit<Ledger, "append"> => ({
  read: () => ledger.read(),
  begin: (header) => ledger.begin(header),
});
