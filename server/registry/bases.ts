import { readdir, readFile, realpath, stat } from "node:fs/promises";
import { join, sep } from "node:path";
import { z } from "zod";
import { isSafeArtifactPath, type BaseList } from "../../src/domain/api/index.ts";
import { WEIGHTS_PATH } from "../../src/domain/modelFiles.ts";
import { replaceFile } from "../lib/durableFiles.ts";
import { hashFile } from "../lib/hash.ts";
import { Mutex } from "../lib/mutex.ts";
import { inFolder } from "../lib/paths.ts";
import { folderOfBase } from "./baseNames.ts";

/** Digests in hex by the file they are of. */
const digestsSchema = z.record(z.string(), z.string().regex(/^[0-9a-f]{64}$/));
const safeName = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/;

/** A base that this server could load. */
export interface LocalBase {
  name: string;
  directory: string;
  /** Of its weights. */
  sha256: string;
}

/** Base models on disk, one folder each in `models/base/`, and those that come with the studio. */
export class BaseStore {
  readonly #digests = new Map<string, Promise<string>>();
  readonly #writing = new Mutex();

  constructor(
    readonly root: string,
    /** Remembers digests of large files between starts. */
    private readonly cacheFile: string,
    /** Bases that are there whatever the folder holds; a whole base of the same name in the folder goes before. */
    private readonly bundled: string | null = null,
  ) {}

  async names(): Promise<string[]> {
    const roots = [this.root, ...(this.bundled === null ? [] : [this.bundled])];
    const entries = await Promise.all(roots.map((root) => readdir(root).catch(() => [])));
    const found = await Promise.all(
      [...new Set(entries.flat())]
        .filter((name) => safeName.test(name))
        .map(async (name) => ((await this.resolve(name, "config.json")) ? [name] : [])),
    );
    return found.flat().sort();
  }

  async list(): Promise<BaseList["bases"]> {
    return Promise.all(
      (await this.names()).map(async (name) => {
        const files = await this.files(name);
        return { name, bytes: files.reduce((sum, file) => sum + file.bytes, 0), files };
      }),
    );
  }

  /** The folder that holds a base: its own name, or the last part of a hub id. Null when there is none. */
  async find(id: string): Promise<{ name: string; directory: string } | null> {
    const name = folderOfBase(id);
    return (await this.resolve(name, "config.json")) ? { name, directory: await this.#directory(name) } : null;
  }

  /** A base with the digest of its weights; null when there is none, or its weights are not in one file. */
  async local(id: string): Promise<LocalBase | null> {
    const found = await this.find(id);
    const sha256 = found && (await this.sha256(found.name, WEIGHTS_PATH));
    return found && sha256 ? { ...found, sha256 } : null;
  }

  async files(name: string): Promise<{ path: string; bytes: number }[]> {
    const directory = await this.#directory(name);
    const walk = async (prefix: string): Promise<{ path: string; bytes: number }[]> => {
      const entries = await readdir(join(directory, prefix));
      const found = await Promise.all(
        entries.map(async (entry) => {
          const path = prefix ? `${prefix}/${entry}` : entry;
          if (!isSafeArtifactPath(path)) return [];
          const info = await stat(join(directory, path)).catch(() => null);
          if (info?.isDirectory()) return walk(path);
          const file = await this.resolve(name, path);
          return file ? [{ path, bytes: file.bytes }] : [];
        }),
      );
      return found.flat();
    };
    return (await walk("")).sort((a, b) => (a.path < b.path ? -1 : 1));
  }

  /**
   * A readable file inside a base's folder, or null. Names are checked before the disk is asked, and links that lead
   * out of the folder do not count (the folder itself may be a link to another disk).
   */
  async resolve(name: string, path: string): Promise<{ absolute: string; bytes: number; modified: number } | null> {
    if (!safeName.test(name) || !isSafeArtifactPath(path)) return null;
    try {
      const folder = await realpath(await this.#directory(name));
      const absolute = await realpath(inFolder(folder, path));
      if (!absolute.startsWith(folder + sep)) return null;
      const info = await stat(absolute);
      return info.isFile() ? { absolute, bytes: info.size, modified: info.mtimeMs } : null;
    } catch {
      return null; // Not there, or a loop of links.
    }
  }

  /** The folder's own base, unless it lacks config or weights and the studio has one of that name. */
  async #directory(name: string): Promise<string> {
    const own = join(this.root, name);
    if (this.bundled === null) return own;
    const bundled = join(this.bundled, name);
    return !(await isBase(own)) && (await isBase(bundled)) ? bundled : own;
  }

  /** SHA-256 of a base's file in hex, computed once and remembered while size and time stay. Null when not there. */
  async sha256(name: string, path: string): Promise<string | null> {
    const file = await this.resolve(name, path);
    if (!file) return null;
    const key = `${name}/${path}:${file.bytes}:${file.modified}`;
    const known = this.#digests.get(key) ?? this.#remembered(key, file.absolute);
    this.#digests.set(key, known);
    return known;
  }

  async #remembered(key: string, absolute: string): Promise<string> {
    const cache = await this.#cache();
    if (cache[key]) return cache[key];
    const digest = await hashFile(absolute);
    await this.#writing.run(async () =>
      replaceFile(this.cacheFile, JSON.stringify({ ...(await this.#cache()), [key]: digest })),
    );
    return digest;
  }

  async #cache(): Promise<Record<string, string>> {
    try {
      return digestsSchema.parse(JSON.parse(await readFile(this.cacheFile, "utf8")));
    } catch {
      return {}; // The first start, or a file that is no list of digests: they are computed again.
    }
  }
}

/** Whether a folder has what every base has. */
const isBase = async (directory: string): Promise<boolean> => {
  const files = ["config.json", WEIGHTS_PATH].map((file) => stat(join(directory, file)).catch(() => null));
  return (await Promise.all(files)).every((info) => info?.isFile());
};
