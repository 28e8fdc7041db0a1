import { sha256 } from "../lib/hash.ts";
import type { Commit, HubFile, HubRevision } from "./repositories.ts";

/** The answer of `/api/models/{repo}` and `/revision/{rev}`, in the hub's names. */
export const modelInfo = ({ repo, commit, modified, tags, files }: HubRevision) => ({
  _id: sha256(repo).slice(0, 24),
  id: repo,
  modelId: repo,
  author: repo.includes("/") ? repo.split("/")[0] : null,
  sha: commit,
  createdAt: modified,
  lastModified: modified,
  private: false,
  gated: false,
  disabled: false,
  downloads: 0,
  likes: 0,
  library_name: "sentence-transformers",
  pipeline_tag: "feature-extraction",
  tags,
  usedStorage: files.reduce((sum, file) => sum + file.bytes, 0),
  siblings: files.map((file) => ({ rfilename: file.path, size: file.bytes, blobId: oidOf(file), lfs: lfsOf(file) })),
});

/** One row of `/tree/{rev}`. Files count as LFS, whose id is the SHA-256 that `ETag` gives too. */
export type TreeEntry = ReturnType<typeof fileEntry> | ReturnType<typeof directoryEntry>;

const oidOf = ({ sha256 }: HubFile): string => sha256.slice(0, 40);
const lfsOf = ({ sha256, bytes }: HubFile) => ({ oid: sha256, sha256, size: bytes, pointerSize: 134 });

const fileEntry = (file: HubFile, last: object) => ({
  type: "file" as const,
  oid: oidOf(file),
  size: file.bytes,
  path: file.path,
  lfs: lfsOf(file),
  ...last,
});

const directoryEntry = (path: string, last: object) => ({
  type: "directory" as const,
  oid: sha256(path).slice(0, 40),
  size: 0,
  path,
  ...last,
});

/** Entries under a folder (empty: the root), sorted by path. Null when the folder does not exist. */
export const treeOf = (
  revision: HubRevision,
  folder: string,
  { recursive, expand }: { recursive: boolean; expand: boolean },
): TreeEntry[] | null => {
  const prefix = folder === "" ? "" : `${folder}/`;
  const inside = revision.files.filter((file) => file.path.startsWith(prefix));
  if (inside.length === 0 && folder !== "") return null;
  const last = lastCommit(revision, expand);
  const entries = new Map<string, TreeEntry>();
  for (const file of inside) {
    const parts = file.path.slice(prefix.length).split("/");
    for (let depth = 1; depth < parts.length && (recursive || depth === 1); depth++) {
      const path = prefix + parts.slice(0, depth).join("/");
      entries.set(path, directoryEntry(path, last));
    }
    if (recursive || parts.length === 1) entries.set(file.path, fileEntry(file, last));
  }
  return [...entries.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
};

/** The entries of given paths; unknown ones are left out, as the hub does. */
export const pathsInfo = (revision: HubRevision, paths: readonly string[], expand: boolean): TreeEntry[] => {
  const all = [
    ...(treeOf(revision, "", { recursive: true, expand }) ?? []),
    ...revision.unlisted.map((file) => fileEntry(file, lastCommit(revision, expand))),
  ];
  return all.filter((entry) => paths.includes(entry.path));
};

const lastCommit = ({ commit, title, modified }: HubRevision, expand: boolean): object =>
  expand ? { lastCommit: { id: commit, title, date: modified } } : {};

/** One row of `/commits/{rev}`. */
export const commitEntry = ({ commit, title, modified, by }: Commit) => ({
  id: commit,
  title,
  message: "",
  authors: [{ user: by }],
  date: modified,
});
