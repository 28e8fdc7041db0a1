import type { ServingChoice } from "../../src/domain/api/index.ts";
import { DEFAULT_BASE, TINY_BASE } from "../../src/domain/bases.ts";
import { StudioError, type Problem } from "../../src/domain/errors.ts";
import type { Config } from "../config/config.ts";
import { baseMissing, sameBase } from "../registry/baseNames.ts";
import type { LocalBase } from "../registry/bases.ts";

/** A tuned model that could serve. */
export interface TunedModel {
  /** Null for a folder named by EMBEDDING_MODEL_FINE_TUNED_PATH. */
  version: string | null;
  directory: string;
  fingerprint: string;
  base: { id: string; sha256: string };
  /** Fingerprint of the data set that tuned it. */
  datasetHash?: string;
}

/** What is there, as the registry and the disk see it now. */
export interface ServingView {
  /** Folder of EMBEDDING_MODEL_FINE_TUNED_PATH, verified; null when the variable is unset. */
  named: { tuned: TunedModel } | { problem: Problem } | null;
  /** The version in production; null when there is none. */
  production: { tuned: TunedModel } | { version: string; problem: Problem } | null;
  /** The base on disk under an id or folder name, with the SHA-256 of its weights. */
  base: (id: string) => LocalBase | null;
}

/** Which model embeds. */
export interface Selection {
  tuned: TunedModel | null;
  /** The base under it, or the one that serves alone; null when no base can be found, and nothing can embed. */
  base: LocalBase | null;
  /** Why a tuned model that was asked for does not serve; null when all is as configured. */
  fallback: Problem | null;
}

type Settings = Config["embedding"];

/**
 * Decides which model serves. Pure.
 *
 * - `false`: the base. `auto`: the named folder, else production, else the base. `true`: as `auto`, but a base alone is
 *   a fallback.
 * - A tuned model that is missing, damaged, or belongs to another base than EMBEDDING_MODEL (or to one that is not on
 *   this server, or differs there) gives way to the base, and `fallback` says why.
 */
export const resolveServingModel = (settings: Settings, view: ServingView): Selection => {
  const baseline = (fallback: Problem | null): Selection => {
    const base = baseAlone(settings, view);
    return typeof base === "string"
      ? { tuned: null, base: null, fallback: baseMissing(base) }
      : { tuned: null, base, fallback };
  };
  if (settings.useFineTuned === "false") return baseline(null);

  const candidate = view.named ?? view.production;
  if (!candidate)
    return baseline(
      settings.useFineTuned === "auto"
        ? null
        : problem(
            "tuned-missing",
            "USE_FINE_TUNED_EMBEDDINGS=true, but no version is in production.",
            "Promote a version, or set EMBEDDING_MODEL_FINE_TUNED_PATH.",
          ),
    );
  if ("problem" in candidate) return baseline(candidate.problem);

  const { tuned } = candidate;
  const own = view.base(tuned.base.id);
  if (settings.model && !sameBase(settings.model, tuned.base.id))
    return baseline(
      problem(
        "tuned-base-mismatch",
        `The tuned model belongs to ${tuned.base.id}, but EMBEDDING_MODEL is ${settings.model}.`,
        "Change EMBEDDING_MODEL, or promote a version of that base.",
      ),
    );
  if (!own) return baseline(baseMissing(tuned.base.id));
  if (own.sha256 !== tuned.base.sha256)
    return baseline(
      problem(
        "tuned-base-mismatch",
        `The weights of ${tuned.base.id} on this server are not those it was tuned from.`,
        "Install the revision that the manifest names.",
      ),
    );
  return { tuned, base: own, fallback: null };
};

/**
 * The base that serves alone: the one that is asked for, else the first of the bundled ones that is here. It does not follow
 * production, since the documents would have to be embedded anew for it at each promotion.
 * @returns its name where it is missing
 */
const baseAlone = (settings: Settings, view: ServingView): LocalBase | string => {
  if (settings.model) return view.base(settings.model) ?? settings.model;
  return view.base(DEFAULT_BASE.id) ?? view.base(TINY_BASE.id) ?? DEFAULT_BASE.id;
};

/** The choice as `/health` and spans show it. The baseline's fingerprint is the SHA-256 of its weights. */
export const describeSelection = ({ tuned, base, fallback }: Selection): ServingChoice => ({
  mode: tuned ? "tuned" : base ? "baseline" : "none",
  base: tuned?.base.id ?? base?.name ?? "",
  version: tuned?.version ?? null,
  fingerprint: tuned?.fingerprint ?? base?.sha256 ?? null,
  fallback,
});

/** With EMBEDDING_STRICT a fallback is an error at the start. Throws `embedding-strict`. */
export const refuseFallback = (settings: Settings, { fallback }: Selection): void => {
  if (settings.strict && fallback)
    throw new StudioError(
      "embedding-strict",
      `EMBEDDING_STRICT refuses to serve another model: ${fallback.message}`,
      fallback.hint,
    );
};

const problem = (code: string, message: string, hint: string): Problem => ({ code, message, hint });
