import { headlineOf } from "../../../../domain/evaluation/index.ts";
import type { RunRecord } from "../../../../domain/run/types.ts";

const TONES = { improved: "good", regressed: "bad", inconclusive: "plain" } as const;

/** Colour follows the verdict: before there is one, and where it is open, a difference may be chance. */
export const toneOf = ({ comparisons }: Pick<RunRecord, "comparisons">): "good" | "bad" | "plain" => {
  const headline = headlineOf(comparisons);
  return headline ? TONES[headline.verdict] : "plain";
};
