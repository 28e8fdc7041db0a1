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
]);
export type Provenance = z.infer<typeof provenanceSchema>;

const day = (instant: string): string => instant.slice(0, 10);

/** A provenance as the beginning of a sentence: `From the Langfuse data set "support"`. */
export const provenanceWords = (provenance: Provenance): string => {
  const { from, to } = provenance;
  const when = from && to ? `, ${day(from)} to ${day(to)}` : "";
  if (provenance.source === "feedback") return `From feedback on searches${when}`;
  if (provenance.dataset !== null) return `From the Langfuse data set "${provenance.dataset}"`;
  return `From retrievals in Langfuse judged by the score "${provenance.score ?? ""}"${when}`;
};
