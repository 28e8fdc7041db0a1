import { open } from "node:fs/promises";
import { join } from "node:path";
import { BASE_CONFIG_PATH } from "../../src/domain/artifact/baseConfig.ts";
import { BASE_DATA, BASE_GRAPH, graphLayout, ONNX_LAYOUT } from "../../src/domain/onnx/index.ts";
import { exportRepo } from "../exports/view.ts";
import type { Exports } from "../exports/exports.ts";
import { FORMS, TYPES_OF, type ExportType, type Form } from "../../src/domain/export/types.ts";
import { inFolder } from "../lib/paths.ts";
import type { BaseStore } from "../registry/bases.ts";
import { commitOf, numberOf } from "../registry/record.ts";
import type { Registry, StoredVersion } from "../registry/registry.ts";
import { HUB_ORGANIZATION, repoOf } from "../registry/views.ts";
import type { ModelSource } from "../serving/modelSource.ts";
import type { OnnxStore } from "../serving/onnxStore.ts";

/** A file of a revision. */
export interface HubFile {
  path: string;
  bytes: number;
  sha256: string;
  absolute: string;
}

/** One revision of a repository: what a commit is to the hub. */
export interface HubRevision {
  repo: string;
  /** 40 hex digits. */
  commit: string;
  modified: string;
  title: string;
  tags: string[];
  files: HubFile[];
  /**
   * Files that are given to who asks for them by name, and that no listing has: a version's `config.json`, which
   * transformers.js needs. In a downloaded snapshot it would make Python's libraries look for a complete model.
   */
  unlisted: HubFile[];
}

/** What the hub says in `X-Error-Code`; clients act on it. */
export class HubError extends Error {
  constructor(
    readonly code: "RepoNotFound" | "RevisionNotFound" | "EntryNotFound",
    message: string,
    /** Known when only the entry is missing: clients remember the absence for this commit. */
    readonly commit?: string,
  ) {
    super(message);
  }
}

/** Follows whatever is in production, of any base. */
export const PRODUCTION_REPO = `${HUB_ORGANIZATION}/production`;

/**
 * The repositories this server answers for:
 * - `recall-studio/<base>-tuned`: the versions of a base; `main` is the one in production, if it is of that base;
 * - `recall-studio/production`: all versions; `main` is the one in production;
 * - either of these with `-merged`, `-gguf-q8` and the like behind it: the same versions in a form that another runtime loads,
 *   as far as it was made. They are repositories of their own, since a snapshot with an adapter and merged weights in it
 *   would make Python's libraries apply the adapter twice, and vLLM load both;
 * - a base on disk, under its folder's name, with or without an organization: `Qwen/Qwen3-Embedding-0.6B`; with its ONNX
 *   form once this server has loaded it.
 * A revision is `main`, a version, or a commit id, also its beginning where no other commit has it.
 */
export class Repositories {
  constructor(
    private readonly registry: Registry,
    private readonly bases: BaseStore,
    private readonly onnx: OnnxStore,
    private readonly exports: Exports,
  ) {}

  /** Throws `HubError`. */
  async revision(repo: string, revision: string): Promise<HubRevision> {
    const versions = this.#versions(repo);
    const [organization] = repo.split("/");
    if (versions.length === 0) {
      const base =
        organization === HUB_ORGANIZATION && (formIn(repo)?.repo ?? repo).endsWith("-tuned")
          ? null
          : await this.bases.find(repo);
      if (base) return this.#base(repo, base.name, revision);
      throw new HubError("RepoNotFound", `This server has no repository ${repo}.`);
    }
    const { stored, commit, files } = this.#version(repo, versions, revision);
    if (files) return formOf(repo, stored, commit, files);
    return revisionOf(repo, stored, await this.#sharedData(stored));
  }

  /** A revision and what was registered before it, newest first. Throws `HubError`. */
  async commits(repo: string, revision: string): Promise<Commit[]> {
    const versions = this.#versions(repo);
    if (versions.length === 0) {
      const { commit, title, modified } = await this.revision(repo, revision);
      return [{ commit, title, modified, by: HUB_ORGANIZATION }];
    }
    const newest = numberOf(this.#version(repo, versions, revision).stored.record.version);
    return versions
      .map(({ stored: { record }, commit }) => ({ record, commit }))
      .filter(({ record }) => numberOf(record.version) <= newest)
      .sort((a, b) => numberOf(b.record.version) - numberOf(a.record.version))
      .map(({ record, commit }) => ({
        commit,
        title: record.version,
        modified: record.registeredAt,
        by: record.by,
      }));
  }

  #version(repo: string, versions: readonly Candidate[], revision: string): Candidate {
    const { production } = this.registry.lineage();
    const wanted = MAIN.includes(revision) ? production : revision;
    const named = versions.filter(
      ({ stored, commit }) => stored.record.version === wanted || (wanted !== null && means(wanted, commit)),
    );
    const [found] = named;
    if (found && named.length === 1) return found;
    throw new HubError(
      "RevisionNotFound",
      wanted === production
        ? `No version of ${repo} is in production${versions[0]?.files ? ", or its form was not made yet" : ""}.`
        : named.length > 1
          ? `${revision} begins more than one commit of ${repo}.`
          : `${repo} has no revision ${revision}.`,
    );
  }

  /** Names of a repository's revisions with their commits. */
  async refs(repo: string): Promise<{ branches: Ref[]; tags: Ref[] }> {
    const versions = this.#versions(repo);
    if (versions.length === 0) {
      const { commit } = await this.revision(repo, "main");
      return { branches: [{ name: "main", ref: "refs/heads/main", targetCommit: commit }], tags: [] };
    }
    const { production } = this.registry.lineage();
    const main = versions.find(({ stored }) => stored.record.version === production);
    return {
      branches: main ? [{ name: "main", ref: "refs/heads/main", targetCommit: main.commit }] : [],
      tags: versions.map(({ stored: { record }, commit }) => ({
        name: record.version,
        ref: `refs/tags/${record.version}`,
        targetCommit: commit,
      })),
    };
  }

  #versions(repo: string): Candidate[] {
    const all = this.registry.list();
    const of = (name: string) =>
      all.filter(({ record }) => name === PRODUCTION_REPO || repoOf(record.base.id) === name);
    const own = of(repo);
    if (own.length > 0) return own.map((stored) => ({ stored, commit: commitOf(stored.record), files: null }));
    const form = formIn(repo);
    if (!form) return [];
    return of(form.repo).flatMap((stored) =>
      this.exports
        .made(stored.record.version)
        .filter((made) => made.form === form.form && made.dtype === form.dtype)
        .map(({ directory, files }) => ({
          stored,
          commit: commitOf({ files }),
          files: files.map((file) => ({ ...file, absolute: inFolder(directory, file.path) })),
        })),
    );
  }

  /**
   * The base's ONNX weights, which a version's graph points into: one file for all versions of a base, listed with each.
   * None without a graph, or where this server cannot give the weights that the graph was written for.
   */
  async #sharedData({ record, directory }: StoredVersion): Promise<HubFile[]> {
    if (!record.files.some(({ path }) => path === `onnx/${BASE_GRAPH}`)) return [];
    const base = await this.bases.local(record.base.id);
    if (base?.sha256 !== record.base.sha256) return [];
    if ((await layoutIn(join(directory, "onnx", BASE_GRAPH))) !== ONNX_LAYOUT) return [];
    return [{ path: `onnx/${BASE_DATA}`, ...(await this.onnx.baseData(base)) }];
  }

  async #base(repo: string, name: string, revision: string): Promise<HubRevision> {
    const listed = await this.bases.files(name);
    const files: HubFile[] = [];
    let modified = 0;
    for (const { path } of listed) {
      const file = await this.bases.resolve(name, path);
      const sha256 = await this.bases.sha256(name, path);
      if (!file || !sha256) continue; // Removed since the listing.
      files.push({ path, bytes: file.bytes, sha256, absolute: file.absolute });
      modified = Math.max(modified, file.modified);
    }
    // Without what was derived: a base's commit does not change because its graph was made.
    const commit = commitOf({ files });
    if (!MAIN.includes(revision) && !means(revision, commit))
      throw new HubError("RevisionNotFound", `${repo} has no revision ${revision} here, only main.`);
    const base = await this.bases.local(name);
    const made = base ? await this.onnx.baseFiles(base) : [];
    const all = [...files.filter(({ path }) => made.every((own) => own.path !== path)), ...made].sort(byPath);
    return {
      repo,
      commit,
      modified: new Date(modified).toISOString(),
      title: name,
      tags: TAGS,
      files: all,
      unlisted: [],
    };
  }
}

const byPath = (a: HubFile, b: HubFile): number => (a.path < b.path ? -1 : 1);

/** Where a model's files are at the hub's addresses; null for a folder that is no version. */
export const placeOf = ({ tuned, base }: ModelSource): { repo: string; revision: string } | null => {
  if (!tuned) return { repo: `${HUB_ORGANIZATION}/${base.name}`, revision: "main" };
  return tuned.version === null ? null : { repo: repoOf(tuned.base.id), revision: tuned.version };
};

/** A version in a repository; `files` where that is one of a form. */
interface Candidate {
  stored: StoredVersion;
  commit: string;
  files: HubFile[] | null;
}

/** The form that a repository's name ends in, and the name before it. */
const formIn = (repo: string): { repo: string; form: Form; dtype: ExportType } | null => {
  for (const form of FORMS)
    for (const dtype of TYPES_OF[form]) {
      const ending = exportRepo("", form, dtype);
      if (repo.endsWith(ending)) return { repo: repo.slice(0, -ending.length), form, dtype };
    }
  return null;
};

/** A line of a repository's history. */
export interface Commit {
  commit: string;
  title: string;
  modified: string;
  by: string;
}

const MAIN: readonly string[] = ["main", "HEAD", "refs/heads/main"];

/** Whether a revision is a commit id or its beginning, of which git wants four digits. */
const means = (revision: string, commit: string): boolean =>
  /^[0-9a-f]{4,40}$/i.test(revision) && commit.startsWith(revision.toLowerCase());

interface Ref {
  name: string;
  ref: string;
  targetCommit: string;
}

const TAGS = ["sentence-transformers", "feature-extraction", "sentence-similarity", "transformers.js"];

const layoutIn = async (graph: string): Promise<number | null> => {
  const handle = await open(graph).catch(() => null);
  if (!handle) return null; // A damaged version; the file's own request says so.
  try {
    const { buffer } = await handle.read(new Uint8Array(64), 0, 64, 0);
    return graphLayout(buffer);
  } finally {
    await handle.close();
  }
};

const revisionOf = (repo: string, { record, directory }: StoredVersion, shared: HubFile[]): HubRevision => {
  const own = record.files.map((file) => ({ ...file, absolute: inFolder(directory, file.path) }));
  return {
    repo,
    commit: commitOf(record),
    modified: record.registeredAt,
    title: record.version,
    tags: [...TAGS, "peft", `base_model:${record.base.id}`],
    files: [...own, ...shared].sort(byPath),
    unlisted: own.filter(({ path }) => path === BASE_CONFIG_PATH).map((config) => ({ ...config, path: "config.json" })),
  };
};

const formOf = (repo: string, { record }: StoredVersion, commit: string, files: HubFile[]): HubRevision => ({
  repo,
  commit,
  modified: record.registeredAt,
  title: record.version,
  tags: ["feature-extraction", "sentence-similarity", `base_model:${record.base.id}`],
  files: files.toSorted(byPath),
  unlisted: [],
});
