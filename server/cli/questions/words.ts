import type { QuestionProvenance } from "../../../src/domain/questions/account.ts";
import { FILTER_NAMES, type FilterName } from "../../../src/domain/questions/types.ts";
import type { Written } from "../../../src/domain/questions/write.ts";

const WHY: Record<FilterName, string> = {
  empty: "say nothing, or too much",
  "meta-talk": "speak of the text",
  "personal-data": "hold personal data",
  copied: "copy the passage",
  language: "are in another language",
  duplicate: "repeat another",
  "near-duplicate": "nearly repeat another",
  generic: "are near everything",
  "round-trip": "are ambiguous",
};

/** What came of a run, for people. */
export const resultLines = (
  { writer, passages: p, questions: q, thresholds }: QuestionProvenance,
  { stopped, total }: Pick<Written, "stopped" | "total">,
): string[] => [
  `${p.asked} of ${total} passages looked at: ${p.kept} kept, ${p.rejected} rejected, ${p.failed} failed, ${p.skipped} with nothing to ask${stopped === "cap" ? "; the cap ended it" : ""}`,
  `${q.written} ${writer === "weak" ? "weak pairs" : "questions"}: ${q.kept} kept`,
  ...FILTER_NAMES.flatMap((name) => {
    const rejected = q.rejected[name] ?? 0;
    const depth = name === "round-trip" ? ` (not found among the first ${thresholds.roundTripDepth})` : "";
    return rejected > 0 ? [`  ${rejected} ${WHY[name]}${depth}`] : [];
  }),
  ...(p.failed > 0 ? ["The same command asks the failed passages again."] : []),
  ...(q.kept === 0 ? [] : [measuredWords(writer)]),
];

/** What the pairs are, and how to judge what is trained on them. */
const measuredWords = (writer: QuestionProvenance["writer"]): string =>
  writer === "weak"
    ? "These are weak pairs: no one ever asked them. Test on real questions with --test."
    : "These questions were generated. Test on real ones with --test, or read the verdict as measured on generated questions.";
