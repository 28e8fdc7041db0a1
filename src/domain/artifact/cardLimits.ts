import { HEADLINE_METRIC } from "../evaluation/metrics.ts";
import { detectableChange } from "../evaluation/statistics/detectable.ts";
import { retentionFigures, retentionSentence } from "../retention/index.ts";
import type { EvaluationRecord } from "./evaluationRecord.ts";
import type { Manifest } from "./manifest.ts";

/** How many test queries a model finds better, worse and as well as its base. */
export interface QueryChanges {
  better: number;
  worse: number;
  same: number;
  /** Independent groups among them. */
  groups: number;
}

/** Counts the test queries by the change of their score. */
export const changesIn = ({
  baseline,
  tuned,
  components,
}: Pick<EvaluationRecord, "baseline" | "tuned" | "components">): QueryChanges => {
  const before = baseline[HEADLINE_METRIC] ?? [];
  const deltas = (tuned[HEADLINE_METRIC] ?? []).map((value, i) => value - (before[i] ?? 0));
  const better = deltas.filter((delta) => delta > 0).length;
  const worse = deltas.filter((delta) => delta < 0).length;
  return { better, worse, same: deltas.length - better - worse, groups: new Set(components).size || deltas.length };
};

/** The card's section on what the scores do not show, and where the model is worse. */
export const limits = (
  { evaluation, retention }: Pick<Manifest, "evaluation" | "retention">,
  changes: QueryChanges | null,
  tokens: number,
): string => {
  const found = evaluation?.comparisons.find(({ metric }) => metric === HEADLINE_METRIC);
  const named = (verdict: "regressed" | "inconclusive"): string =>
    (evaluation?.comparisons ?? [])
      .filter((one) => one.verdict === verdict)
      .map(({ metric }) => metric)
      .join(", ");
  const [worse, open] = [named("regressed"), named("inconclusive")];
  return [
    ...(changes
      ? [
          `Of the test queries ${changes.better} are found better than by the base, ${changes.worse} worse, ${changes.same} as well (${HEADLINE_METRIC}).`,
        ]
      : []),
    ...(found
      ? [
          `The test can show a change of ${HEADLINE_METRIC} from about ${(100 * detectableChange({ ...found, ...(evaluation && { queries: evaluation.queries }), ...(changes && { groups: changes.groups }) })).toFixed(1)} points on; smaller ones may be there unseen.`,
        ]
      : []),
    ...(worse === "" ? [] : [`Worse than the base on ${worse}.`]),
    ...(open === "" ? [] : [`Not decided by the test: ${open}.`]),
    ...(evaluation ? [] : ["Nothing is known of its quality: it was not measured."]),
    ...(retention
      ? [
          "Measured as a whole: not by language, length or topic.",
          `Outside of its field: ${retentionFigures(retention)}. ${retentionSentence(retention)}`,
        ]
      : [
          "Measured as a whole: not by language, length or topic, and not on questions of other fields, where a tuned model may have forgotten something.",
        ]),
    `Of a longer text only the first ${tokens} tokens are read.`,
    "Energy and emissions were not measured.",
  ]
    .map((line) => `- ${line}`)
    .join("\n");
};
