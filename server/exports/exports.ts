import { mkdir, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Logger } from "pino";
import type { VersionExport } from "../../src/domain/api/index.ts";
import { StudioError, toProblem, type Problem } from "../../src/domain/errors.ts";
import { DEFAULT_TYPE, exportId, TYPES_OF, type ExportType, type Form } from "../../src/domain/export/types.ts";
import { inFolder } from "../lib/paths.ts";
import { Mutex } from "../lib/mutex.ts";
import type { BaseStore } from "../registry/bases.ts";
import type { Registry, StoredVersion } from "../registry/registry.ts";
import { sourceOfVersion } from "../serving/catalog.ts";
import { makeInChild } from "./making.ts";
import { readExport, type StoredExport } from "./record.ts";
import { exportView, type ExportJob } from "./view.ts";

export interface ExportsParts {
  /** Folder of all forms; everything in it can be made again. */
  root: string;
  registry: Registry;
  bases: BaseStore;
  log: Logger;
}

const failed: Problem = {
  code: "export-failed",
  message: "The form could not be made.",
  hint: "The server's log has the reason. Start it again.",
};

/**
 * Versions in the forms that other runtimes load. A form is made once, by one job, and lies in a folder of its own,
 * `<version>/<form>-<dtype>`, which appears by one rename; it goes with its version.
 */
export class Exports {
  readonly #stored = new Map<string, Map<string, StoredExport>>();
  readonly #jobs = new Map<string, Map<string, ExportJob>>();
  /** One at a time: each needs a model's worth of memory. */
  readonly #making = new Mutex();
  readonly #stopFollowing: () => void;

  private constructor(private readonly parts: ExportsParts) {
    this.#stopFollowing = parts.registry.onChange((_lineage, event) => {
      if (event.type === "deleted") void this.#forget(event.version);
      else if (event.from && event.to) this.#follow(event.from, event.to);
    });
  }

  /** Takes up what is on disk; what was half written, or belongs to no version, is removed. */
  static async open(parts: ExportsParts): Promise<Exports> {
    const exports = new Exports(parts);
    await mkdir(parts.root, { recursive: true });
    for (const version of await readdir(parts.root)) {
      const folder = join(parts.root, version);
      if (!parts.registry.find(version)) await rm(folder, { recursive: true, force: true });
      else
        for (const id of await readdir(folder)) {
          const stored = await readExport(join(folder, id));
          if (stored && id === exportId(stored.form, stored.dtype))
            exports.#of(exports.#stored, version).set(id, stored);
          else await rm(join(folder, id), { recursive: true, force: true });
        }
    }
    return exports;
  }

  /** Forms of a version: those that are there, those being made, those that failed. @throws StudioError `version-unknown` */
  list(version: string): VersionExport[] {
    const { record } = this.parts.registry.get(version);
    const jobs = this.#of(this.#jobs, version);
    return [...this.made(version).filter(({ form, dtype }) => !jobs.has(exportId(form, dtype))), ...jobs.values()].map(
      (one) => exportView(record, one),
    );
  }

  /** @throws StudioError `version-unknown`, `export-unknown` */
  get(version: string, id: string): VersionExport {
    const found = this.list(version).find((one) => one.id === id);
    if (!found)
      throw new StudioError(
        "export-unknown",
        `${version} has no form ${id} here.`,
        "The list of the version's exports has those that are there.",
      );
    return found;
  }

  /** Forms of a version that are ready. */
  made(version: string): StoredExport[] {
    return [...(this.#stored.get(version)?.values() ?? [])];
  }

  /**
   * Has a form made, unless it is there or under way.
   * @throws StudioError `version-unknown`, `version-damaged`, `base-missing`, `tuned-base-mismatch`, `export-type-unsupported`
   */
  async start(version: string, form: Form, type?: ExportType): Promise<{ started: boolean; export: VersionExport }> {
    const dtype = type ?? DEFAULT_TYPE[form];
    if (!TYPES_OF[form].includes(dtype))
      throw new StudioError(
        "export-type-unsupported",
        `The form ${form} is not written as ${dtype}.`,
        `Take ${TYPES_OF[form].join(", ")}.`,
      );
    const id = exportId(form, dtype);
    const { base } = await sourceOfVersion(this.parts.registry.get(version), this.parts.bases);
    const underWay = this.#jobs.get(version)?.get(id);
    const stored = this.#stored.get(version)?.get(id);
    const whole = stored && (await readExport(stored.directory));
    if ((underWay && underWay.state !== "failed") || (!underWay && whole))
      return { started: false, export: this.get(version, id) };
    const job: ExportJob = {
      form,
      dtype,
      state: "queued",
      createdAt: new Date().toISOString(),
      done: 0,
      total: 0,
      problem: null,
      stop: new AbortController(),
    };
    this.#of(this.#jobs, version).set(id, job);
    // `#make` tells its own failures; what rejects here is a version that was deleted while its form waited, and its jobs with it.
    void this.#making.run(() => this.#make(this.parts.registry.get(version), base, job)).catch(() => undefined);
    return { started: true, export: this.get(version, id) };
  }

  /** Stops a form that is being made, and removes one that is there. @throws StudioError as `get` */
  async remove(version: string, id: string): Promise<void> {
    this.get(version, id);
    this.#jobs.get(version)?.get(id)?.stop.abort();
    this.#jobs.get(version)?.delete(id);
    this.#stored.get(version)?.delete(id);
    await rm(join(this.parts.root, version, id), { recursive: true, force: true });
  }

  /** Stops what is being made; the next start removes what is left of it. */
  async close(): Promise<void> {
    this.#stopFollowing();
    for (const jobs of this.#jobs.values()) for (const { stop } of jobs.values()) stop.abort();
    await this.#making.settled();
  }

  async #make(version: StoredVersion, base: { directory: string; name: string }, job: ExportJob): Promise<void> {
    const name = version.record.version;
    const id = exportId(job.form, job.dtype);
    const directory = join(this.parts.root, name, id);
    const fields = { version: name, form: job.form, dtype: job.dtype, model_fingerprint: version.record.fingerprint };
    const started = performance.now();
    try {
      if (job.stop.signal.aborted) return;
      job.state = "running";
      await rm(directory, { recursive: true, force: true });
      await makeInChild(
        {
          form: job.form,
          type: job.dtype,
          artifact: version.directory,
          base,
          out: directory,
          equal: this.#equal(version),
        },
        {
          signal: job.stop.signal,
          onProgress: (done, total) => {
            job.done = done;
            job.total = total;
          },
        },
      );
      const stored = await readExport(directory);
      if (!stored) throw new Error(`${directory} is not as it was made`);
      this.#of(this.#stored, name).set(id, stored);
      this.#drop(name, id, job);
      const seconds = Math.round(performance.now() - started) / 1000;
      this.parts.log.info(
        { event: "export.made", ...fields, cosine: stored.cosine, seconds },
        `${id} of ${name} is made`,
      );
    } catch (thrown) {
      if (job.stop.signal.aborted) return;
      const known = toProblem(thrown);
      job.state = "failed";
      job.problem = known.code === "unexpected" ? failed : known;
      this.parts.log.error(
        { event: "export.failed", ...fields, code: job.problem.code, err: thrown },
        "a form was not made",
      );
    }
  }

  /** A job goes when its form is there, unless another has taken its place. */
  #drop(version: string, id: string, job: ExportJob): void {
    if (this.#jobs.get(version)?.get(id) === job) this.#jobs.get(version)?.delete(id);
  }

  /** Where bytes of this version lie already. */
  #equal({ record, directory }: StoredVersion): Record<string, string> {
    const own = record.files.map(({ path, sha256 }) => [sha256, inFolder(directory, path)]);
    const others = this.made(record.version).flatMap((made) =>
      made.files.map(({ path, sha256 }) => [sha256, inFolder(made.directory, path)]),
    );
    return Object.fromEntries([...others, ...own]) as Record<string, string>;
  }

  /** Whoever loads a form of what is in production finds it of the next version too. */
  #follow(from: string, to: string): void {
    for (const { form, dtype } of this.made(from))
      void this.start(to, form, dtype).catch((thrown: unknown) =>
        this.parts.log.warn(
          { event: "export.unfollowed", version: to, form, dtype, err: thrown },
          "a form was not made",
        ),
      );
  }

  async #forget(version: string): Promise<void> {
    for (const { stop } of this.#jobs.get(version)?.values() ?? []) stop.abort();
    this.#jobs.delete(version);
    this.#stored.delete(version);
    await this.#making
      .run(() => rm(join(this.parts.root, version), { recursive: true, force: true }))
      .catch((thrown: unknown) => this.parts.log.warn({ err: thrown, version }, "forms of a deleted version stay"));
  }

  #of<T>(all: Map<string, Map<string, T>>, version: string): Map<string, T> {
    const known = all.get(version) ?? new Map<string, T>();
    all.set(version, known);
    return known;
  }
}
