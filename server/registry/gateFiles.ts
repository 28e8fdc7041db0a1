/** Checks of what a version is made of: whole files, a base that this server has, the prompt it was trained with. */
import type { GateCheck } from "../../src/domain/api/index.ts";
import { folderOfBase, sameBase } from "./baseNames.ts";
import { check, type GateInput, type GateSubject } from "./gateSubject.ts";

/** A version is not judged against itself: it would pass. */
export const alreadyServing = ({ version }: GateSubject): GateCheck =>
  check("already-in-production", "failed", `${version} is already in production.`, "Nothing needs to be done.", {
    overridable: false,
  });

export const checksums = ({ damage }: GateInput): GateCheck =>
  damage
    ? check("checksums", "failed", damage.message, damage.hint, { overridable: false })
    : check("checksums", "passed", "Every file matches the SHA-256 it was registered with.");

export const base = ({ candidate, localBase, configuredBase }: GateInput): GateCheck => {
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

export const prompt = ({ candidate, configuredPrompt }: GateInput): GateCheck =>
  candidate.prompt.query === configuredPrompt?.query && candidate.prompt.document === configuredPrompt.document
    ? check("prompt", "passed", "The prompt of the folder is the one it was trained with.")
    : check("prompt", "failed", "The folder's prompt is not the one in its manifest.", "Export the artifact again.");
