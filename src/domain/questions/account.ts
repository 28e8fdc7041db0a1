import type { Provenance } from "../dataset/provenance.ts";
import type { Filtered } from "./filters/filter.ts";
import type { Passage } from "./passage.ts";
import type { LedgerEntry, PassageCounts, WrittenQuestion } from "./types.ts";

/** The questions of a ledger, in its order. */
export const questionsOf = (entries: readonly LedgerEntry[]): WrittenQuestion[] =>
  entries.flatMap((entry) =>
    entry.outcome === "written"
      ? entry.questions.map((text) => ({ passage: entry.passage, text, origin: "generated" as const }))
      : [],
  );

/**
 * Passages by what became of them. Each is counted once: `asked = kept + rejected + failed + skipped`.
 *
 * @param kept  questions that are in the data set after filters and review
 */
export const countPassages = (entries: readonly LedgerEntry[], kept: readonly WrittenQuestion[]): PassageCounts => {
  const withQuestions = new Set(kept.map(({ passage }) => passage));
  const counts: PassageCounts = { asked: entries.length, kept: 0, rejected: 0, failed: 0, skipped: 0 };
  for (const { passage, outcome } of entries) {
    if (outcome !== "written") counts[outcome]++;
    else if (withQuestions.has(passage)) counts.kept++;
    else counts.rejected++;
  }
  return counts;
};

/** Where written questions come from. It goes into data set, manifest and model card, and holds neither texts nor a host. */
export type QuestionProvenance = Extract<Provenance, { source: "documents" }>;

/** The provenance of filtered questions. */
export const provenanceOf = (
  run: Pick<QuestionProvenance, "writer" | "model" | "promptHash" | "seed" | "perPassage" | "examples">,
  entries: readonly LedgerEntry[],
  { kept, rejected, counts, thresholds }: Filtered,
): QuestionProvenance => ({
  source: "documents",
  ...run,
  passages: countPassages(entries, kept),
  questions: { written: kept.length + rejected.length, kept: kept.length, rejected: counts },
  thresholds: { ...thresholds },
});

/** A pair as it is written to a file; `source_document` keeps the pairs of one document on one side of a split. */
export interface QuestionPair {
  query: string;
  positive: string;
  origin: "generated" | "weak";
  source_document: string;
}

/** The kept questions with what answers them. */
export const pairsOf = (kept: readonly WrittenQuestion[], passages: readonly Passage[]): QuestionPair[] => {
  const byId = new Map(passages.map((passage) => [passage.id, passage]));
  return kept.flatMap(({ passage: id, text, origin, positive }) => {
    const passage = byId.get(id);
    return passage
      ? [{ query: text, positive: positive ?? passage.text, origin, source_document: passage.document }]
      : [];
  });
};

/** Ledger entries of weak pairs, so that they are counted as written questions are. */
export const weakEntries = (passages: readonly Passage[], questions: readonly WrittenQuestion[]): LedgerEntry[] => {
  const texts = new Map<string, string[]>();
  for (const { passage, text } of questions) texts.set(passage, [...(texts.get(passage) ?? []), text]);
  return passages.map(({ id }) => {
    const found = texts.get(id);
    const base = { passage: id, inputTokens: 0, outputTokens: 0 };
    return found
      ? { ...base, outcome: "written", questions: found }
      : { ...base, outcome: "skipped", reason: "nothing-to-ask" };
  });
};
