import type { BaseStore } from "../registry/bases.ts";
import type { Registry } from "../registry/registry.ts";
import { StudioError } from "../../src/domain/errors.ts";
import type { ModelSource } from "./embedder.ts";
import { BUNDLED_BASE, type LocalBase, type Selection } from "./selection.ts";

/** The source of a selection; null when no base is on this server. */
export const sourceOf = ({ tuned, base }: Selection): ModelSource | null =>
  base && { fingerprint: tuned?.fingerprint ?? base.sha256, tuned, base };

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
    return { fingerprint: base.sha256, tuned: null, base };
  }

  /** @throws StudioError `version-unknown`, `base-missing`, `tuned-base-mismatch`, `version-damaged` */
  async version(version: string): Promise<ModelSource> {
    const { record, directory, problem } = this.registry.get(version);
    if (problem) throw new StudioError(problem.code, problem.message, problem.hint);
    const base = await this.#base(record.base.id);
    if (base.sha256 !== record.base.sha256)
      throw new StudioError(
        "tuned-base-mismatch",
        `The weights of ${record.base.id} on this server are not those that ${version} was tuned from.`,
        "Install the revision that the manifest names.",
      );
    const { fingerprint, dataset } = record;
    const tuned = { version, directory, fingerprint, base: record.base, datasetHash: dataset.fingerprint };
    return { fingerprint, tuned, base };
  }

  /** The model whose vectors a collection holds; null when this server does not have it (any more). */
  async fingerprint(fingerprint: string): Promise<ModelSource | null> {
    const serving = sourceOf(this.selection());
    if (serving?.fingerprint === fingerprint) return serving;
    const stored = this.registry.byFingerprint(fingerprint);
    if (stored) return this.version(stored.record.version).catch(() => null);
    for (const name of await this.bases.names()) {
      const found = await this.bases.find(name);
      const sha256 = await this.bases.sha256(name, "model.safetensors");
      if (found && sha256 === fingerprint) return { fingerprint, tuned: null, base: { ...found, sha256 } };
    }
    return null;
  }

  async #base(id: string): Promise<LocalBase> {
    const found = await this.bases.find(id);
    const sha256 = found && (await this.bases.sha256(found.name, "model.safetensors"));
    if (found && sha256) return { ...found, sha256 };
    throw new StudioError(
      "base-missing",
      `The base ${id} is not on this server.`,
      `Put its folder into models/base/${id.split("/").at(-1)}.`,
    );
  }
}

export const noModel = (): StudioError =>
  new StudioError(
    "no-model",
    "No base model is on this server, so nothing can be embedded.",
    `Put a base into models/base/${BUNDLED_BASE}, or name one with EMBEDDING_MODEL.`,
  );
