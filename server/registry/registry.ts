import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { GateReport, RegistryEvent } from "../../src/domain/api/index.ts";
import type { Manifest } from "../../src/domain/artifact/manifest.ts";
import { StudioError, type Problem } from "../../src/domain/errors.ts";
import { followOnce, keepFollowing } from "./following.ts";
import { blocks, GateRefusal } from "./gate.ts";
import { History, type Change, type ChangeListener } from "./history.ts";
import type { Lineage } from "./lineage.ts";
import { Mutex } from "../lib/mutex.ts";
import type { Gatekeeper, RegistryOptions } from "./options.ts";
import { recover } from "./recovery.ts";
import { surplus } from "./retention.ts";
import {
  missing,
  mustBeArchivable,
  mustBeArchived,
  mustBePromotable,
  mustBeRemovable,
  nothingInProduction,
  rollbackTargetDamaged,
} from "./rules.ts";
import { Uploads, type PendingUpload } from "./uploads.ts";
import { Versions, type StoredVersion } from "./versions.ts";
import { Writing } from "./writing.ts";

export type { Gatekeeper, Preparation } from "./options.ts";
export type { StoredVersion } from "./versions.ts";

const INCOMING = ".incoming";

/**
 * Versions on disk and the log of what happened to them. A version appears by one rename and never changes; the log
 * alone says which one is in production. One process at a time writes the directory; where it is shared, others follow.
 */
export class Registry {
  readonly #mutex = new Mutex();
  #stopFollowing = (): void => {};

  private constructor(
    private readonly options: RegistryOptions,
    private readonly history: History,
    private readonly writing: Writing,
    private readonly versions: Versions,
    readonly uploads: Uploads,
  ) {}

  /** Throws `directory-in-use`, `registry-log-damaged`. */
  static async open(options: RegistryOptions): Promise<Registry> {
    const { root, logger, shared = false } = options;
    await mkdir(root, { recursive: true });
    const writing = await Writing.open(root, shared);
    const writes = writing.here;
    try {
      const history = await History.open(join(root, "events.jsonl"), logger, { writes });
      const versions = new Versions(root, logger);
      const uploads = new Uploads(join(root, INCOMING), options.limits, () => registry.#mustWrite());
      const registry = new Registry(options, history, writing, versions, uploads);
      await recover({ history, uploads, versions }, logger, { writes });
      if (shared) {
        logger.info({ event: "registry.role", writes }, writing.words);
        registry.#stopFollowing = keepFollowing(() => registry.followNow(), logger);
      }
      return registry;
    } catch (thrown) {
      await writing.release();
      throw thrown;
    }
  }

  async close(): Promise<void> {
    this.#stopFollowing();
    await this.#mutex.run(async () => {
      await this.history.close();
      await this.writing.release();
    });
  }

  /** Whether this server may change anything, and who does in words. */
  get role(): Pick<Writing, "here" | "words"> {
    return this.writing;
  }

  /** Names the address at which this server answers to those that read beside it. */
  announce(address: string): Promise<void> {
    return this.writing.announce(address);
  }

  /** Takes up what the server that writes has done; writes from now on where that server is gone. */
  async followNow(): Promise<void> {
    const { writing, history, uploads, versions } = this;
    if (writing.here) return;
    await this.#mutex.run(() => followOnce({ writing, history, uploads, versions }, this.options.logger));
  }

  /** @throws StudioError `registry-read-only` */
  async #mustWrite(): Promise<void> {
    if (await this.writing.still()) return;
    await this.history.close();
    throw this.writing.refusal();
  }

  /** One change at a time, by the server that writes. */
  #change<T>(work: () => Promise<T>): Promise<T> {
    return this.#mutex.run(async () => {
      await this.#mustWrite();
      return work();
    });
  }

  /** Why nothing may be changed: acknowledged events are gone from the log. */
  get loss(): StudioError | null {
    return this.history.loss;
  }

  /** Newest first. */
  list(): StoredVersion[] {
    return this.versions.list();
  }

  /** Throws `version-unknown`. */
  get(version: string): StoredVersion {
    return this.versions.get(version);
  }

  find(version: string | null): StoredVersion | null {
    return this.versions.find(version);
  }

  byFingerprint(fingerprint: string): StoredVersion | null {
    return this.versions.byFingerprint(fingerprint);
  }

  lineage(): Lineage {
    return this.history.lineage();
  }

  lineageAt(at: Date): Lineage {
    return this.history.lineageAt(at);
  }

  /** Oldest first. */
  events(): readonly RegistryEvent[] {
    return this.history.events;
  }

  /** Called after each change of what exists or serves. Returns the way to stop. */
  onChange(listener: ChangeListener): () => void {
    return this.history.onChange(listener);
  }

  /** Reads a version's files again, and remembers what is wrong with them. `deep` compares every digest. */
  inspect(version: string, deep: boolean): Promise<Problem | null> {
    return this.versions.inspect(version, deep);
  }

  /**
   * Turns a complete upload into a version. The same model sent twice gives the version that is there already.
   * Throws what verification throws, with the file named; the upload then stays open for that file to be sent again.
   */
  async commit(uploadId: string, change: Change): Promise<{ created: boolean; stored: StoredVersion }> {
    await this.#mustWrite();
    const upload = this.uploads.seal(uploadId);
    try {
      // Measuring takes long, and other changes need not wait for it. Its files are others then, which are hashed anew.
      if (await this.options.bringIn?.(upload.directory, upload.watch)) upload.files.clear();
      return await this.#change(() => this.#take(upload, change));
    } finally {
      upload.committing = false;
    }
  }

  async #take(upload: PendingUpload, change: Change): Promise<{ created: boolean; stored: StoredVersion }> {
    const manifest = await this.options.verify(upload.directory);
    const existing = this.byFingerprint(manifest.fingerprint);
    // One that nobody has measured gives way to its own measurement, in a version of its own.
    const adds = manifest.evaluation !== null && existing?.record.comparisons.length === 0;
    if (existing && !adds && !(await this.inspect(existing.record.version, true))) {
      await this.uploads.abandon(upload.id);
      return { created: false, stored: existing };
    }
    await this.options.prepare?.(upload.directory, manifest);
    const stored = await this.#register(upload, manifest, change);
    await this.#retain(stored.record.version, change);
    return { created: true, stored };
  }

  /** Puts a version into production. Throws `GateRefusal`, `gate-changed`, `already-in-production`, `version-archived`. */
  promote(
    version: string,
    change: Change & { override: boolean; evidenceHash?: string | undefined },
    gatekeeper: Gatekeeper,
  ): Promise<{ event: RegistryEvent; gate: GateReport }> {
    return this.#change(async () => {
      const stored = this.get(version);
      const { production } = this.lineage();
      mustBePromotable(version, this.lineage());
      const gate = await gatekeeper(stored, this.find(production));
      if (change.evidenceHash && change.evidenceHash !== gate.evidenceHash)
        throw new StudioError("gate-changed", "The evidence has changed since you saw it.", "Look at the gate again.");
      if (!gate.passed && !(change.override && gate.overridable)) throw new GateRefusal(gate);
      const overridden = gate.checks.filter(blocks).map((check) => check.code);
      const event = await this.history.append("promoted", stored, change, {
        from: production,
        to: version,
        overridden,
        evidenceHash: gate.evidenceHash,
      });
      return { event, gate };
    });
  }

  /** Returns to the version that served before, or to the base when there was none. Throws `nothing-in-production`. */
  rollback(change: Change): Promise<RegistryEvent> {
    return this.#change(async () => {
      const { production, previous, since } = this.lineage();
      if (!production || !since) throw nothingInProduction();
      if (previous) {
        const problem = this.find(previous) ? await this.inspect(previous, true) : missing(previous);
        if (problem) throw rollbackTargetDamaged(previous, problem);
      }
      const facts = this.find(production)?.record;
      return this.history.append(
        "rolled-back",
        {
          version: production,
          fingerprint: facts?.fingerprint ?? since.fingerprint,
          dataset: facts?.dataset?.fingerprint ?? since.datasetFingerprint,
        },
        change,
        { from: production, to: previous },
      );
    });
  }

  /** Takes a version out of sight; its files stay. Throws `version-in-use` for production. */
  archive(version: string, change: Change): Promise<RegistryEvent> {
    return this.#change(async () => {
      const stored = this.get(version);
      mustBeArchivable(version, this.lineage());
      return this.history.append("archived", stored, change);
    });
  }

  restore(version: string, change: Change): Promise<RegistryEvent> {
    return this.#change(async () => {
      const stored = this.get(version);
      mustBeArchived(version, this.lineage());
      return this.history.append("restored", stored, change);
    });
  }

  /** Removes a version's files; the log keeps its history. Throws `version-in-use` for production and its predecessor. */
  remove(version: string, change: Change): Promise<RegistryEvent> {
    return this.#change(() => this.#remove(version, change));
  }

  async #remove(version: string, change: Change): Promise<RegistryEvent> {
    const stored = this.get(version);
    mustBeRemovable(version, this.lineage());
    // The log speaks first: a crash before the files are gone leaves a folder that the next start removes.
    const event = await this.history.append("deleted", stored, change);
    await this.versions.discard(version);
    return event;
  }

  async #register(upload: PendingUpload, manifest: Manifest, change: Change): Promise<StoredVersion> {
    const stored = await this.versions.add(
      upload,
      manifest,
      change.by,
      this.events().map((event) => event.version),
    );
    await this.uploads.abandon(upload.id);
    await this.history.append("registered", stored, change);
    return stored;
  }

  async #retain(newest: string, change: Change): Promise<void> {
    for (const version of surplus(this.list(), this.lineage(), newest, this.options.keep))
      await this.#remove(version, { ...change, by: "retention", reason: `More than ${this.options.keep} versions.` });
  }
}
