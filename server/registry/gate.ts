import type { GateCheck, GateReport } from "../../src/domain/api/index.ts";
import { StudioError } from "../../src/domain/errors.ts";
import { sha256 } from "../lib/hash.ts";
import { alreadyServing, base, checksums, prompt } from "./gateFiles.ts";
import { againstBaseline, againstProduction, enoughQueries, keepsKnown, measuredOn } from "./gateScores.ts";
import type { GateInput } from "./gateSubject.ts";

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
