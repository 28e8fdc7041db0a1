// Longer than 300 lines: every check of one decision, in the order in which a person reads them.
import type { GateCheck, GateReport } from "../../src/domain/api/index.ts";
import { measuredOnNote } from "../../src/domain/dataset/origin.ts";
import { StudioError, type Problem } from "../../src/domain/errors.ts";
import { HEADLINE_METRIC } from "../../src/domain/evaluation/metrics.ts";
import { detectableChange } from "../../src/domain/evaluation/index.ts";
import { GENERAL_SET, keepsWhatItKnew, RETENTION_MARGIN, retentionFigures } from "../../src/domain/retention/index.ts";
import type { MetricName } from "../../src/domain/evaluation/types.ts";
import { sha256 } from "../lib/hash.ts";
import type { ArtifactFacts, RecordedComparison } from "./artifact.ts";
import { folderOfBase, sameBase } from "./baseNames.ts";
import { differenceOf, type QueryScores } from "./interval.ts";

/** The metric a version is judged by. */
export const GATE_METRIC: MetricName = HEADLINE_METRIC;

/** One side of the gate. */
export interface GateSubject extends ArtifactFacts {
  version: string;
  /** Score of each query on the gate's metric, with the queries' components; null when the artifact has none. */
  perQuery: QueryScores | null;
}

export interface GateInput {
  candidate: GateSubject;
  production: GateSubject | null;
  /** What the digests of all files say; null when they match. */
  damage: Problem | null;
  /** Prompt in the folder's config_sentence_transformers.json: what other tools will use. */
  configuredPrompt: { query: string; document: string } | null;
  /** The base this server has under the candidate's base id; null when it has none. */
  localBase: { name: string; sha256: string } | null;
  /** EMBEDDING_MODEL when it is set. */
  configuredBase: string | null;
  /** Allowed depth of the interval's lower bound below zero. */
  margin: number;
}

/** Whether an outcome stands in the way of promotion: what cannot be compared must not replace production unseen. */
export const blocks = ({ outcome }: GateCheck): boolean => outcome === "failed" || outcome === "not-comparable";

/** A promotion that the gate refused; the report says why. */
export class GateRefusal extends StudioError {
  constructor(readonly gate: GateReport) {
    const failed = gate.checks.filter(blocks);
    super(
      "gate-refused",
      `${gate.version} was not promoted: ${failed.map((check) => check.message).join(" ")}`,
      gate.overridable
        ? "Promote with an override and a reason, or promote another version."
        : "This cannot be overridden. Upload the artifact again.",
    );
  }
}

/** Decides whether a version may go into production. Pure: the same input gives the same report and evidence hash. */
export const evaluateGate = (input: GateInput): GateReport => {
  const { candidate, production } = input;
  const checks =
    candidate.version === production?.version
      ? [alreadyServing(candidate)]
      : [
          checksums(input),
          base(input),
          prompt(input),
          enoughQueries(candidate),
          measuredOn(candidate),
          againstBaseline(candidate, input.margin),
          againstProduction(candidate, production, input.margin),
          keepsKnown(candidate),
        ];
  const failed = checks.filter(blocks);
  const evidence = {
    candidate: candidate.fingerprint,
    production: production?.fingerprint ?? null,
    margin: input.margin,
    checks,
  };
  return {
    version: candidate.version,
    production: production?.version ?? null,
    passed: failed.length === 0,
    overridable: failed.every((check) => check.overridable),
    checks,
    evidenceHash: sha256(JSON.stringify(evidence)),
  };
};

const check = (
  code: string,
  outcome: GateCheck["outcome"],
  message: string,
  hint = "",
  rest: Partial<GateCheck> = {},
): GateCheck => ({ code, outcome, overridable: true, message, hint, evidence: null, ...rest });

/** A version is not judged against itself: it would pass. */
const alreadyServing = ({ version }: GateSubject): GateCheck =>
  check("already-in-production", "failed", `${version} is already in production.`, "Nothing needs to be done.", {
    overridable: false,
  });

const checksums = ({ damage }: GateInput): GateCheck =>
  damage
    ? check("checksums", "failed", damage.message, damage.hint, { overridable: false })
    : check("checksums", "passed", "Every file matches the SHA-256 it was registered with.");

const base = ({ candidate, localBase, configuredBase }: GateInput): GateCheck => {
  const { id } = candidate.base;
  if (!localBase)
    return check(
      "base",
      "failed",
      `This server has no base ${id}, so it could not serve the version.`,
      `Put the base into models/base/${folderOfBase(id)}, or override when another service embeds.`,
    );
  if (localBase.sha256 !== candidate.base.sha256)
    return check(
      "base",
      "failed",
      `The weights of ${id} on this server are not those it was trained on.`,
      "Install the revision named in the manifest.",
    );
  if (configuredBase && !sameBase(configuredBase, id))
    return check(
      "base",
      "failed",
      `EMBEDDING_MODEL is ${configuredBase}, but the version belongs to ${id}.`,
      "Change EMBEDDING_MODEL, or train on the configured base.",
    );
  return check("base", "passed", `The base ${id} is here, with the same weights.`);
};

const prompt = ({ candidate, configuredPrompt }: GateInput): GateCheck =>
  candidate.prompt.query === configuredPrompt?.query && candidate.prompt.document === configuredPrompt.document
    ? check("prompt", "passed", "The prompt of the folder is the one it was trained with.")
    : check("prompt", "failed", "The folder's prompt is not the one in its manifest.", "Export the artifact again.");

/** A test of fewer independent queries tells too little about a model, whatever it shows. */
const LEAST_QUERIES = 40;

/** Queries that share documents count once. */
const independentQueries = ({ perQuery, queries }: GateSubject): number =>
  perQuery && perQuery.components.length === perQuery.scores.length && perQuery.scores.length > 0
    ? new Set(perQuery.components).size
    : queries;

/** Judges by the number alone; the detectable change, given beside it, is the one that every page, table and card shows. */
const enoughQueries = (candidate: GateSubject): GateCheck => {
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
const measuredOn = (candidate: GateSubject): GateCheck => {
  const code = "measured-on";
  if (!headlineOf(candidate.comparisons)) return check(code, "not-applicable", "There is no test to judge.");
  const note = measuredOnNote(candidate.measuredOn);
  return note === null
    ? check(code, "passed", "Measured on real questions.")
    : check(code, "failed", note, "Test on questions that people asked, or override with a reason.");
};

const againstBaseline = (candidate: GateSubject, margin: number): GateCheck => {
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

const againstProduction = (candidate: GateSubject, production: GateSubject | null, margin: number): GateCheck => {
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
const keepsKnown = ({ retention }: GateSubject): GateCheck => {
  const code = "keeps-what-it-knew";
  if (retention?.set !== GENERAL_SET.sha256)
    return check(
      code,
      "not-measured",
      retention
        ? "Not measured with this studio's general set: nobody knows what the model has forgotten."
        : "Not measured: nobody knows what the model has forgotten of everything it was not tuned for.",
      "Measure it on Compare before the run is uploaded, or train it again.",
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

/** The comparison a version is judged by. */
export const headlineOf = (comparisons: readonly RecordedComparison[]): RecordedComparison | undefined =>
  comparisons.find((comparison) => comparison.metric === GATE_METRIC);
