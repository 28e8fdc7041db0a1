import { z } from "zod";
import { instantSchema, sha256Schema } from "../api/primitives.ts";

/** Where judged pairs came from. Single sources stand here as one hash over all their ids, never with their text. */
const judged = {
  /** First and last moment of the time that was read; null where it has no bound. */
  from: instantSchema.nullable(),
  to: instantSchema.nullable(),
  /** Judged retrievals, or items of a data set, that the pairs were made of. */
  items: z.int().nonnegative(),
  /** SHA-256 over their sorted ids. */
  idsHash: sha256Schema,
};

const count = z.int().nonnegative();

const rule = z.string().max(200).nullable();

/**
 * What pairs were made of, when they are not a person's own file. It travels with the data set into the run, the manifest and
 * the model card; no text of a pair is in it.
 */
export const provenanceSchema = z.discriminatedUnion("source", [
  z.object({
    source: z.literal("langfuse"),
    /** The Langfuse data set; null where observations with scores were read. */
    dataset: z.string().max(500).nullable(),
    /** The score that judged, and which of its values counted as good and as bad. */
    score: z.string().max(500).nullable(),
    good: rule,
    bad: rule,
    ...judged,
  }),
  z.object({ source: z.literal("feedback"), ...judged }),
  z.object({
    source: z.literal("documents"),
    /** What wrote the questions: a chat endpoint, a model in the page, or titles and headings alone. */
    writer: z.enum(["endpoint", "page", "weak"]),
    /** Name of the model, never its host; null for weak pairs. */
    model: z.string().max(500).nullable(),
    /** SHA-256 of what the prompts share; null for weak pairs. */
    promptHash: sha256Schema.nullable(),
    seed: z.int(),
    perPassage: z.int().positive(),
    /** Real questions that set the style. */
    examples: count,
    /** `asked = kept + rejected + failed + skipped`. */
    passages: z.object({ asked: count, kept: count, rejected: count, failed: count, skipped: count }),
    /** What each filter rejected, by its name. */
    questions: z.object({ written: count, kept: count, rejected: z.record(z.string().max(50), count) }),
    thresholds: z.record(z.string().max(50), z.number()),
  }),
]);
export type Provenance = z.infer<typeof provenanceSchema>;

const day = (instant: string): string => instant.slice(0, 10);

/** A provenance as the beginning of a sentence: `From the Langfuse data set "support"`. */
export const provenanceWords = (provenance: Provenance): string => {
  if (provenance.source === "documents")
    return provenance.writer === "weak"
      ? "Weak pairs from titles, headings and first sentences of documents"
      : `Questions written from documents by ${provenance.model ?? "a model"}`;
  const { from, to } = provenance;
  const when = !from || !to ? "" : day(from) === day(to) ? `, ${day(from)}` : `, ${day(from)} to ${day(to)}`;
  if (provenance.source === "feedback") return `From feedback on searches${when}`;
  if (provenance.dataset !== null) return `From the Langfuse data set "${provenance.dataset}"`;
  return `From retrievals in Langfuse judged by the score "${provenance.score ?? ""}"${when}`;
};

const counted = (count: number, word: string): string =>
  `${count.toLocaleString("en")} ${word}${count === 1 ? "" : "s"}`;

/** How much there was, and what became of it: the rest of that sentence. */
export const provenanceFigures = (provenance: Provenance): string => {
  if (provenance.source !== "documents") return counted(provenance.items, "judged item");
  const { passages: p, questions: q } = provenance;
  const rejected = Object.entries(q.rejected).flatMap(([filter, count]) => (count > 0 ? [`${filter} ${count}`] : []));
  return [
    `${counted(p.asked, "passage")} asked, of which ${p.kept} kept, ${p.rejected} rejected, ${p.failed} failed and ${p.skipped} skipped`,
    `${q.kept} of ${counted(q.written, "question")} kept${rejected.length > 0 ? ` (rejected: ${rejected.join(", ")})` : ""}`,
  ].join("; ");
};
