import { HEADLINE_METRIC } from "../evaluation/metrics.ts";
import { detectableChange } from "../evaluation/statistics/detectable.ts";
import { retentionFigures, retentionSentence } from "../retention/index.ts";
import type { EvaluationRecord } from "./evaluationRecord.ts";
import type { Manifest } from "./manifest.ts";
import { kindChanges, type KindChange } from "./testKinds.ts";

/** How many test queries a model finds better, worse and as well as its base. */
export interface QueryChanges {
  better: number;
  worse: number;
  same: number;
  /** Independent groups among them. */
  groups: number;
  kinds: KindChange[];
}

/** Counts the test queries by the change of their score, and parts them by kind. */
export const changesIn = (
  record: Pick<EvaluationRecord, "baseline" | "tuned" | "components" | "kinds">,
): QueryChanges => {
  const { baseline, tuned, components } = record;
  const before = baseline[HEADLINE_METRIC] ?? [];
  const deltas = (tuned[HEADLINE_METRIC] ?? []).map((value, i) => value - (before[i] ?? 0));
  const better = deltas.filter((delta) => delta > 0).length;
  const worse = deltas.filter((delta) => delta < 0).length;
  return {
    better,
    worse,
    same: deltas.length - better - worse,
    groups: new Set(components).size || deltas.length,
    kinds: kindChanges(record),
  };
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
  const apart = `Not measured by language or topic${changes?.kinds.length ? "" : ", nor by length"}`;
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
    ...kindLines(changes?.kinds ?? []),
    ...(retention
      ? [`${apart}.`, `Outside of its field: ${retentionFigures(retention)}. ${retentionSentence(retention)}`]
      : [`${apart}, and not on questions of other fields, where a tuned model may have forgotten something.`]),
    `Of a longer text only the first ${tokens} tokens are read.`,
    "Energy and emissions were not measured.",
  ]
    .map((line) => `- ${line}`)
    .join("\n");
};

const points = (share: number): string => `${share < 0 ? "−" : "+"}${Math.abs(100 * share).toFixed(1)}`;

/** The change on each kind of questions; where the model is worse for some of them shows here first. */
const kindLines = (kinds: readonly KindChange[]): string[] =>
  kinds.length === 0
    ? []
    : [
        `By kind of question, change of ${HEADLINE_METRIC} in points with its 95 % interval: ${kinds
          .map(
            ({ name, queries, delta, interval: [low, high] }) =>
              `${name} (${queries} questions) ${points(delta)} [${points(low)}, ${points(high)}]`,
          )
          .join("; ")}. Of twenty kinds without any difference, one looks different by chance.`,
      ];
