import { DEFAULT_BASE } from "../../src/domain/bases.ts";
import { fromProblem, StudioError } from "../../src/domain/errors.ts";
import { sha256Schema, versionSchema } from "../../src/domain/api/index.ts";
import { baseMissing, sameBase } from "../registry/baseNames.ts";
import type { BaseStore, LocalBase } from "../registry/bases.ts";
import type { Registry, StoredVersion } from "../registry/registry.ts";
import type { Selection, TunedModel } from "./selection.ts";
import type { ModelSource } from "./modelSource.ts";

/** The source of a selection; null when no base is on this server. */
export const sourceOf = ({ tuned, base }: Selection): ModelSource | null =>
  base && { fingerprint: tuned?.fingerprint ?? base.sha256, tuned, base };

/** A base without a tuned model. */
export const baseAlone = (base: LocalBase): ModelSource => ({ fingerprint: base.sha256, tuned: null, base });

/**
 * A version over the base that it was tuned from.
 * @throws StudioError `base-missing`, `tuned-base-mismatch`, `version-damaged`
 */
export const sourceOfVersion = async (
  { record, directory, problem }: StoredVersion,
  bases: BaseStore,
): Promise<ModelSource & { tuned: TunedModel }> => {
  const { version, fingerprint, dataset } = record;
  if (problem) throw fromProblem(problem);
  const base = await bases.local(record.base.id);
  if (!base) throw fromProblem(baseMissing(record.base.id));
  if (base.sha256 !== record.base.sha256)
    throw new StudioError(
      "tuned-base-mismatch",
      `The weights of ${record.base.id} on this server are not those that ${version} was tuned from.`,
      "Install the revision that the manifest names.",
    );
  const tuned = { version, directory, fingerprint, base: record.base, datasetHash: dataset?.fingerprint };
  return { fingerprint, tuned, base };
};

/** Finds loadable models by what callers name them. */
export class ModelCatalog {
  constructor(
    private readonly registry: Registry,
    private readonly bases: BaseStore,
    private readonly selection: () => Selection,
  ) {}

  /** The base under the serving model, alone. */
  baseline(): ModelSource {
    const { base } = this.selection();
    if (!base) throw noModel();
    return baseAlone(base);
  }

  /** @throws StudioError `version-unknown`, `base-missing`, `tuned-base-mismatch`, `version-damaged` */
  async version(version: string): Promise<ModelSource> {
    return sourceOfVersion(this.registry.get(version), this.bases);
  }

  /** By version, fingerprint, `baseline` or the base's id; null when there is none of that name. */
  async named(name: string): Promise<ModelSource | null> {
    const baseline = this.baseline();
    if (["baseline", baseline.fingerprint].includes(name) || sameBase(name, baseline.base.name)) return baseline;
    if (versionSchema.safeParse(name).success && this.registry.find(name)) return this.version(name);
    return sha256Schema.safeParse(name).success ? this.fingerprint(name) : null;
  }

  /** The model whose vectors a collection holds; null when this server does not have it (any more). */
  async fingerprint(fingerprint: string): Promise<ModelSource | null> {
    const known = await this.#known(fingerprint);
    if (known || this.registry.role.here) return known;
    await this.registry.followNow(); // Another server may have promoted it just now.
    return this.#known(fingerprint);
  }

  async #known(fingerprint: string): Promise<ModelSource | null> {
    const serving = sourceOf(this.selection());
    if (serving?.fingerprint === fingerprint) return serving;
    const stored = this.registry.byFingerprint(fingerprint);
    if (stored) return this.version(stored.record.version).catch(() => null);
    for (const name of await this.bases.names()) {
      const base = await this.bases.local(name);
      if (base?.sha256 === fingerprint) return baseAlone(base);
    }
    return null;
  }
}

export const noModel = (): StudioError =>
  new StudioError(
    "no-model",
    "No base model is on this server, so nothing can be embedded.",
    `Put a base into models/base/${DEFAULT_BASE.id}, or name one with EMBEDDING_MODEL.`,
  );
