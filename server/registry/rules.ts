import { StudioError, type Problem } from "../../src/domain/errors.ts";
import type { Lineage } from "./lineage.ts";

/** @throws StudioError `already-in-production`, `version-archived` */
export const mustBePromotable = (version: string, { production, archived }: Lineage): void => {
  if (production === version)
    throw new StudioError("already-in-production", `${version} is in production.`, "Nothing needs to be done.");
  if (archived.has(version))
    throw new StudioError("version-archived", `${version} is archived.`, "Restore it, then promote it.");
};

/** @throws StudioError `version-in-use`, `already-archived` */
export const mustBeArchivable = (version: string, { production, archived }: Lineage): void => {
  if (production === version) throw inUse(version, "is in production");
  if (archived.has(version))
    throw new StudioError("already-archived", `${version} is archived.`, "Nothing needs to be done.");
};

/** @throws StudioError `not-archived` */
export const mustBeArchived = (version: string, { archived }: Lineage): void => {
  if (!archived.has(version))
    throw new StudioError("not-archived", `${version} is not archived.`, "Nothing needs to be done.");
};

/** @throws StudioError `version-in-use` for production and what a rollback returns to */
export const mustBeRemovable = (version: string, { production, previous }: Lineage): void => {
  if (version === production) throw inUse(version, "is in production");
  if (version === previous) throw inUse(version, "is what a rollback returns to");
};

export const nothingInProduction = () =>
  new StudioError("nothing-in-production", "The base model serves already.", "There is nothing to go back from.");

export const rollbackTargetDamaged = (version: string, problem: Problem) =>
  new StudioError(
    "rollback-target-damaged",
    `${version} cannot serve: ${problem.message}`,
    "Promote another version, or archive the damaged one to go back further.",
  );

/** The problem of a version that the log knows and the disk does not. */
export const missing = (version: string): Problem => ({
  code: "version-missing",
  message: `The folder of ${version} is gone.`,
  hint: "Restore it from a backup, or upload the artifact again and promote it.",
});

const inUse = (version: string, why: string) =>
  new StudioError("version-in-use", `${version} ${why}.`, "Promote another version first.");
