import { join } from "node:path";
import type { Logger } from "pino";
import { DEFAULT_BASE, TINY_BASE } from "../../src/domain/bases.ts";
import { toProblem } from "../../src/domain/errors.ts";
import type { Config } from "../config/config.ts";
import { Listeners } from "../lib/listeners.ts";
import { Mutex } from "../lib/mutex.ts";
import type { BaseStore, LocalBase } from "../registry/bases.ts";
import { type Registry } from "../registry/registry.ts";
import { missing } from "../registry/rules.ts";
import { verifyFolder } from "../registry/verification.ts";
import type { Metrics } from "../telemetry/metrics.ts";
import {
  describeSelection,
  refuseFallback,
  resolveServingModel,
  type Selection,
  type ServingView,
} from "./selection.ts";

interface Parts {
  config: Pick<Config, "embedding">;
  registry: Registry;
  bases: BaseStore;
  log: Logger;
  metrics: Metrics;
}

/** Follows the registry: which model should embed now. Others listen and load it. */
export class ServingState {
  #selection: Selection = { tuned: null, base: null, fallback: null };
  #named: ServingView["named"] = null;
  readonly #refreshing = new Mutex();
  readonly #listeners = new Listeners<[selection: Selection]>();

  private constructor(private readonly parts: Parts) {}

  /** Throws `embedding-strict` when a fallback would be needed and EMBEDDING_STRICT forbids it. */
  static async open(parts: Parts): Promise<ServingState> {
    const state = new ServingState(parts);
    const path = parts.config.embedding.fineTunedPath;
    if (path) state.#named = await inspectNamed(path, parts.bases);
    await state.refresh();
    refuseFallback(parts.config.embedding, state.#selection);
    parts.registry.onChange(() => void state.refresh().catch(() => undefined)); // Logged by refresh.
    return state;
  }

  current(): Selection {
    return this.#selection;
  }

  /** Called when another model is to serve. Returns the way to stop. */
  onChange(listener: (selection: Selection) => void): () => void {
    return this.#listeners.add(listener);
  }

  /** Waits for a look that is under way. */
  close(): Promise<void> {
    return this.#refreshing.settled();
  }

  /** Whether this server writes the registry. */
  get leads(): boolean {
    return this.parts.registry.role.here;
  }

  /** Looks for what another server promoted, where one writes the registry. */
  async upToDate(): Promise<void> {
    if (this.leads) return;
    await this.parts.registry.followNow();
    await this.refresh();
  }

  /** Looks again; calls run one after another. */
  refresh(): Promise<void> {
    return this.#refreshing.run(async () => {
      try {
        await this.#refresh();
      } catch (thrown) {
        this.parts.log.error({ err: thrown }, "the serving model could not be looked up");
        throw thrown;
      }
    });
  }

  async #refresh(): Promise<void> {
    const before = describeSelection(this.#selection);
    this.#selection = resolveServingModel(this.parts.config.embedding, await this.#view());
    const now = describeSelection(this.#selection);
    if (JSON.stringify(before) === JSON.stringify(now)) return;
    this.#announce();
    this.#listeners.tell(this.#selection);
  }

  async #view(): Promise<ServingView> {
    const { registry, bases, config } = this.parts;
    const version = registry.lineage().production;
    const stored = registry.find(version);
    let production: ServingView["production"] = null;
    if (version && !stored) production = { version, problem: missing(version) };
    if (version && stored) {
      const problem = await registry.inspect(version, true);
      const { fingerprint, base, dataset } = stored.record;
      production = problem
        ? { version, problem }
        : { tuned: { version, directory: stored.directory, fingerprint, base, datasetHash: dataset?.fingerprint } };
    }
    const named = this.#named && "tuned" in this.#named ? this.#named.tuned.base.id : null;
    const ids = [DEFAULT_BASE.id, TINY_BASE.id, config.embedding.model, stored?.record.base.id, named].filter(
      (id) => typeof id === "string",
    );
    const local = new Map<string, LocalBase>();
    for (const id of ids) {
      const base = await bases.local(id);
      if (base) local.set(id, base);
    }
    return { named: this.#named, production, base: (id) => local.get(id) ?? null };
  }

  #announce(): void {
    const { log, metrics } = this.parts;
    const { mode, version, fingerprint, base, fallback } = describeSelection(this.#selection);
    metrics.servingInfo.reset();
    metrics.servingInfo.set({ mode, version: version ?? "", fingerprint: fingerprint ?? "" }, 1);
    metrics.servingFallback.reset();
    if (fallback) metrics.servingFallback.set({ code: fallback.code }, 1);
    const fields = {
      event: "serving.selected",
      mode,
      version,
      base,
      model_fingerprint: fingerprint,
      dataset_hash: this.#selection.tuned?.datasetHash ?? null,
    };
    if (fallback)
      log.error(
        { ...fields, fallback_reason: fallback.code },
        `${mode === "none" ? "nothing can embed" : "the baseline serves instead"}: ${fallback.message}`,
      );
    else log.info(fields, `the ${mode} model serves`);
  }
}

const inspectNamed = async (path: string, bases: BaseStore): Promise<ServingView["named"]> => {
  try {
    const { fingerprint, base, dataset } = await verifyFolder(path, bases);
    return { tuned: { version: null, directory: join(path), fingerprint, base, datasetHash: dataset?.fingerprint } };
  } catch (thrown) {
    const { code, message, hint } = toProblem(thrown);
    return { problem: { code: code === "unexpected" ? "tuned-missing" : "tuned-damaged", message, hint } };
  }
};
