/** Checks of what was measured: enough queries, on real questions, no regression, nothing forgotten. */
import type { GateCheck } from "../../src/domain/api/index.ts";
import { measuredOnNote } from "../../src/domain/dataset/origin.ts";
import { detectableChange } from "../../src/domain/evaluation/index.ts";
import { GENERAL_SET, keepsWhatItKnew, RETENTION_MARGIN, retentionFigures } from "../../src/domain/retention/index.ts";
import { check, GATE_METRIC, headlineOf, type GateSubject } from "./gateSubject.ts";
import { differenceOf } from "./interval.ts";

/** A test of fewer independent queries tells too little about a model, whatever it shows. */
const LEAST_QUERIES = 40;

/** Queries that share documents count once. */
const independentQueries = ({ perQuery, queries }: GateSubject): number =>
  perQuery && perQuery.components.length === perQuery.scores.length && perQuery.scores.length > 0
    ? new Set(perQuery.components).size
    : queries;

/** Judges by the number alone; the detectable change, given beside it, is the one that every page, table and card shows. */
export const enoughQueries = (candidate: GateSubject): GateCheck => {
  const code = "enough-queries";
  const found = headlineOf(candidate.comparisons);
  if (!found) return check(code, "not-applicable", "There is no test to judge.");
  const groups = independentQueries(candidate);
  const counted = `${groups.toLocaleString("en")} independent ${groups === 1 ? "group" : "groups"} of test queries`;
  if (groups < LEAST_QUERIES)
    return check(
      code,
      "failed",
      `Too few test queries: ${counted}.`,
      `Test on at least ${LEAST_QUERIES} independent queries, or override with a reason.`,
    );
  const points = (100 * detectableChange({ ...found, groups })).toFixed(0);
  return check(code, "passed", `${counted}; the smallest detectable change of ${GATE_METRIC} is ${points} points.`);
};

/** Questions that a model wrote say how well it finds what a model asks; that must not pass as what people ask. */
export const measuredOn = (candidate: GateSubject): GateCheck => {
  const code = "measured-on";
  if (!headlineOf(candidate.comparisons)) return check(code, "not-applicable", "There is no test to judge.");
  const note = measuredOnNote(candidate.measuredOn);
  return note === null
    ? check(code, "passed", "Measured on real questions.")
    : check(code, "failed", note, "Test on questions that people asked, or override with a reason.");
};

export const againstBaseline = (candidate: GateSubject, margin: number): GateCheck => {
  const code = "no-regression-baseline";
  const found = headlineOf(candidate.comparisons);
  if (!found)
    return check(
      code,
      "failed",
      candidate.origin === "imported"
        ? `It was trained elsewhere and nobody has measured it: there is no ${GATE_METRIC} of baseline and tuned.`
        : `The manifest holds no ${GATE_METRIC} of baseline and tuned.`,
      candidate.origin === "imported"
        ? "Import it again with test questions (npm run import -- --test FILE), or override with a reason."
        : "Evaluate on a test split before exporting.",
    );
  const evidence = {
    metric: found.metric,
    reference: found.baseline,
    candidate: found.tuned,
    delta: found.delta,
    interval: found.interval,
    method: "paired" as const,
  };
  if (unchanged(evidence))
    return check(
      code,
      "failed",
      `No benefit: ${evidence.metric} is the same as the baseline's on every query.`,
      candidate.strength === undefined
        ? "Train for more steps or with a higher learning rate, or override with a reason."
        : GREATER_STRENGTH,
      { evidence },
    );
  return verdict(candidate, code, "the baseline", evidence, margin);
};

export const againstProduction = (
  candidate: GateSubject,
  production: GateSubject | null,
  margin: number,
): GateCheck => {
  const code = "no-regression-production";
  if (!production)
    return check(code, "not-applicable", "The baseline is in production, and the check above compares with it.");
  const [ours, theirs] = [headlineOf(candidate.comparisons), headlineOf(production.comparisons)];
  if (!ours) return check(code, "not-applicable", `Without a test it cannot be compared with ${production.version}.`);
  if (!theirs)
    return check(
      code,
      "not-comparable",
      `Not comparable: nobody has measured ${production.version}, so nobody knows which of the two is better.`,
      "Measure the version in production on the same test questions, or override with a reason.",
    );
  if (!candidate.splitHash || candidate.splitHash !== production.splitHash)
    return check(
      code,
      "not-comparable",
      `Not comparable: ${production.version} was scored on other test queries, so nobody knows which of the two is better.`,
      "Train and test both on one data set, or override with a reason.",
    );
  const evidence = {
    metric: GATE_METRIC,
    reference: theirs.tuned,
    candidate: ours.tuned,
    ...differenceOf(candidate, production, ours.tuned, theirs.tuned),
  };
  return verdict(candidate, code, production.version, evidence, margin);
};

/** What was not measured does not block, since models of before have no figure; it is said in words of its own. */
export const keepsKnown = ({ origin, retention }: GateSubject): GateCheck => {
  const code = "keeps-what-it-knew";
  if (retention?.set !== GENERAL_SET.sha256)
    return check(
      code,
      "not-measured",
      retention
        ? "Not measured with this studio's general set: nobody knows what the model has forgotten."
        : "Not measured: nobody knows what the model has forgotten of everything it was not tuned for.",
      origin === "imported"
        ? "An import is not measured on the general set. This does not stand in the way."
        : "Measure it on Compare before the run is uploaded, or train it again.",
    );
  const { baseline, tuned, delta, interval } = retention;
  const evidence = {
    metric: GATE_METRIC,
    reference: baseline,
    candidate: tuned,
    delta,
    interval,
    method: "paired" as const,
  };
  const figures = retentionFigures(retention);
  return keepsWhatItKnew(retention)
    ? check(code, "passed", `It kept what its base knew: ${figures}.`, "", { evidence })
    : check(
        code,
        "failed",
        interval[1] < 0
          ? `It forgot some of what its base knew: ${figures}.`
          : `A loss of more than ${100 * RETENTION_MARGIN} points on everything else cannot be ruled out: ${figures}.`,
        "Take the model at a smaller strength (Compare), train for fewer steps, or override with a reason.",
        { evidence },
      );
};

/** Below what the page prints as 0.0 points. */
const NOTHING = 5e-4;

const unchanged = ({ delta, interval }: NonNullable<GateCheck["evidence"]>): boolean =>
  [delta, ...interval].every((value) => Math.abs(value) < NOTHING);

/** What was not trained itself is not helped by more training. */
const GREATER_STRENGTH =
  "Take the model at a greater strength (Compare), test on more queries, or override with a reason.";

const verdict = (
  { strength }: GateSubject,
  code: string,
  against: string,
  evidence: NonNullable<GateCheck["evidence"]>,
  margin: number,
): GateCheck => {
  const percent = (value: number) => `${value >= 0 ? "+" : "−"}${(Math.abs(value) * 100).toFixed(1)}`;
  const [low, high] = evidence.interval;
  const figures = `${evidence.metric} ${percent(evidence.delta)} points against ${against}, 95 % interval ${percent(low)} to ${percent(high)}`;
  // Rounding errors of the bootstrap's sums must not fail an interval that starts at zero.
  return low >= -margin - 1e-9
    ? check(code, "passed", `${unchanged(evidence) ? "No change" : "No regression"}: ${figures}.`, "", { evidence })
    : check(
        code,
        "failed",
        `A regression cannot be ruled out: ${figures}.`,
        strength === undefined
          ? "Train longer or on more pairs, test on more queries, or override with a reason."
          : GREATER_STRENGTH,
        { evidence },
      );
};
