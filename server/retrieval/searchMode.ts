import type { SearchMode } from "../../src/domain/api/index.ts";
import { countWords } from "../../src/domain/evaluation/words.ts";
import { HttpProblem } from "../lib/httpProblem.ts";
import type { KeywordFill } from "../vectors/index.ts";
import type { Query } from "./query.ts";

/** How a question is searched, and in one sentence why so. */
export interface ChosenMode {
  mode: SearchMode;
  reason: string;
}

/**
 * The mode that was asked for, else hybrid; vectors alone where there are no words: the question came as a vector, or older passages
 * are still being listed.
 *
 * @throws HttpProblem `words-not-listed` (503) when words are asked for that are still being listed
 */
export const chooseMode = (query: Query, { ready, words }: Pick<KeywordFill, "ready" | "words">): ChosenMode => {
  if (!("q" in query)) return { mode: "dense", reason: "The question came as a vector, without its words." };
  const { mode } = query;
  if (mode === "dense") return { mode, reason: "Asked for." };
  if (!ready) {
    if (mode === undefined) return { mode: "dense", reason: words };
    throw new HttpProblem(503, {
      code: "words-not-listed",
      message: words,
      hint: "Search with mode=dense meanwhile, or ask again in a while.",
    });
  }
  const chosen = mode ?? "hybrid";
  if (countWords(query.q).size === 0)
    return {
      mode: chosen,
      reason: `The question holds no word, so ${chosen === "hybrid" ? "only vectors rank" : "nothing is found by words"}.`,
    };
  return { mode: chosen, reason: mode ? "Asked for." : "The default where documents have text." };
};
