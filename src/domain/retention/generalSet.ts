import { z } from "zod";
import { StudioError } from "../errors.ts";
import type { RetrievalTask } from "../evaluation/types.ts";
import { sha256Hex } from "../hashing.ts";
import { sha256List } from "../text/index.ts";

/**
 * The general set that comes with the studio: questions of everyday life, each with the passage that answers it. What a model finds of
 * them before and after tuning says what it forgot. `path` is below the page's own address, and below `public/` in the project.
 */
export const GENERAL_SET = {
  path: "general/pairs.jsonl",
  sha256: "1e59d45ea7e5aedacffcec55e7d1b48b0315daa1ee4a1b489c99ac043ff4381f",
  /** More than any text of it has, so that all are read whole, whatever the limit of a run. */
  maxTokens: 256,
} as const;

const pairSchema = z.object({
  subject: z.string().min(1),
  language: z.enum(["en", "de", "fr", "es", "zh"]),
  query: z.string().min(1),
  positive: z.string().min(1),
});
export type GeneralPair = z.infer<typeof pairSchema>;

const damaged = (what: string): StudioError =>
  new StudioError(
    "general-set-damaged",
    `The general set ${what}, so nobody can say what the model still knows.`,
    "Put public/general/pairs.jsonl back as it came with the studio, and build the page again.",
  );

/** The pairs of the file, in its order. @throws StudioError `general-set-damaged` unless it is the file that came with the studio */
export const readGeneralSet = (bytes: Uint8Array): GeneralPair[] => {
  if (sha256Hex(bytes) !== GENERAL_SET.sha256) throw damaged("is not the one that came with the studio");
  return new TextDecoder()
    .decode(bytes)
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => pairSchema.parse(JSON.parse(line)));
};

/** What is said where the file is not there. */
export const generalSetMissing = (): StudioError => damaged("cannot be read");

/** Every question against the passages of the whole set, each question with one right passage and in no group with another. */
export const generalTask = (pairs: readonly GeneralPair[]): RetrievalTask => {
  const queries = pairs.map(({ query }, place) => ({ text: query, relevant: [place], component: place }));
  const corpus = pairs.map(({ positive }) => positive);
  return {
    queries,
    corpus,
    splitHash: GENERAL_SET.sha256,
    taskHash: sha256List([...queries.map(({ text }) => text), ...corpus]),
  };
};
