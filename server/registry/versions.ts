import { mkdir, readdir, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Logger } from "pino";
import { versionSchema } from "../../src/domain/api/index.ts";
import type { Manifest } from "../../src/domain/artifact/manifest.ts";
import { StudioError, toProblem, type Problem } from "../../src/domain/errors.ts";
import { factsOf } from "./artifact.ts";
import { renameDurable, syncDirectory, syncTree, writeDurable } from "../lib/durableFiles.ts";
import { hashFile } from "../lib/hash.ts";
import { inFolder } from "../lib/paths.ts";
import { Digests } from "./digests.ts";
import { listFiles } from "./folder.ts";
import { inspectFiles } from "./inspect.ts";
import { numberOf, readRecord, RECORD_FILE, type RecordedFile, type VersionRecord } from "./record.ts";
import type { PendingUpload } from "./uploads.ts";

/** A version on disk. */
export interface StoredVersion {
  record: VersionRecord;
  directory: string;
  /** What is wrong with its files, as far as was looked. */
  problem: Problem | null;
}

const TRASH = ".trash";

/** The folders of versions. Each appears by one rename, never changes, and goes by one rename. */
export class Versions {
  readonly #versions = new Map<string, StoredVersion>();
  readonly #digests = new Digests();

  constructor(
    private readonly root: string,
    private readonly logger: Logger,
  ) {}

  /** Newest first. */
  list(): StoredVersion[] {
    return [...this.#versions.values()].sort((a, b) => numberOf(b.record.version) - numberOf(a.record.version));
  }

  /** Throws `version-unknown`. */
  get(version: string): StoredVersion {
    const stored = this.#versions.get(version);
    if (!stored)
      throw new StudioError("version-unknown", `There is no version ${version}.`, "Look at the list of versions.");
    return stored;
  }

  find(version: string | null): StoredVersion | null {
    return (version && this.#versions.get(version)) || null;
  }

  byFingerprint(fingerprint: string): StoredVersion | null {
    return this.list().find(({ record, problem }) => record.fingerprint === fingerprint && !problem) ?? null;
  }

  /** Reads a version's files again, and remembers what is wrong with them. `deep` compares every digest. */
  async inspect(version: string, deep: boolean): Promise<Problem | null> {
    const stored = this.get(version);
    const problem = await inspectFiles(stored.directory, stored.record, deep ? this.#digests : null);
    // A shallow look must not clear what a deep one found.
    if (deep || problem) stored.problem = problem;
    return stored.problem;
  }

  /** Makes an upload a version, with a number higher than all of `known`. */
  async add(upload: PendingUpload, manifest: Manifest, by: string, known: readonly string[]): Promise<StoredVersion> {
    const facts = factsOf(manifest);
    const numbers = [...this.#versions.keys(), ...known].map(numberOf);
    const version = `v${Math.max(0, ...numbers) + 1}-${facts.fingerprint.slice(0, 8)}`;
    const paths = await listFiles(upload.directory);
    const files: RecordedFile[] = [];
    for (const path of paths) files.push(await fileOf(upload, path));
    const record: VersionRecord = {
      schema: 1,
      version,
      ...facts,
      registeredAt: new Date().toISOString(),
      by,
      files,
    };
    await writeDurable(join(upload.directory, RECORD_FILE), JSON.stringify(record, null, 2));
    await syncTree(upload.directory);
    const directory = join(this.root, version);
    await renameDurable(upload.directory, directory);
    const stored: StoredVersion = { record, directory, problem: null };
    this.#versions.set(version, stored);
    return stored;
  }

  /** Removes a version's folder. */
  async discard(version: string): Promise<void> {
    this.#versions.delete(version);
    const trash = join(this.root, TRASH);
    await mkdir(trash, { recursive: true });
    await rename(join(this.root, version), join(trash, version));
    await syncDirectory(this.root);
    await rm(trash, { recursive: true, force: true });
  }

  /** Takes up what is on disk, oldest first; whoever writes removes folders of `deleted` versions. Files are not looked at yet. */
  async load(deleted: ReadonlySet<string>, { writes }: { writes: boolean }): Promise<StoredVersion[]> {
    if (writes) await rm(join(this.root, TRASH), { recursive: true, force: true });
    const found: StoredVersion[] = [];
    for (const name of (await readdir(this.root)).sort((a, b) => numberOf(a) - numberOf(b))) {
      if (!versionSchema.safeParse(name).success) continue;
      if (deleted.has(name)) {
        if (writes) await this.discard(name);
        continue;
      }
      const stored = this.#versions.get(name) ?? (await this.takeUp(name));
      if (stored) found.push(stored);
    }
    return found;
  }

  /** Reads the record of one version; null where there is none that can be read. */
  async takeUp(name: string): Promise<StoredVersion | null> {
    const directory = join(this.root, name);
    const record = await readRecord(directory).catch((thrown: unknown) => {
      this.logger.error(
        { version: name, problem: toProblem(thrown).code },
        "a version's registry.json cannot be read; the folder is left alone",
      );
      return null;
    });
    if (!record || record.version !== name) return null;
    const stored: StoredVersion = { record, directory, problem: null };
    this.#versions.set(name, stored);
    return stored;
  }

  /** Forgets a version whose folder another server removes. */
  forget(name: string): void {
    this.#versions.delete(name);
  }
}

const fileOf = async (upload: PendingUpload, path: string): Promise<RecordedFile> => {
  const sent = upload.files.get(path);
  if (sent?.sha256) return { path, bytes: sent.bytes, sha256: sent.sha256 };
  const absolute = inFolder(upload.directory, path);
  const { size } = await stat(absolute);
  return { path, bytes: size, sha256: await hashFile(absolute) };
};
