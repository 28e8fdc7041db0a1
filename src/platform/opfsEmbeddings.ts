import { type EmbeddingCache, KEY_DIGITS } from "../domain/embeddingCache.ts";
import { listFiles, openFile, removePath, writeFile } from "./opfs.ts";

const KEY_BYTES = KEY_DIGITS / 2;
/** Rows of one file: 16 MiB at 1,024 dimensions. */
const ROWS = 4096;

/** Where an embedding lies: row of a file. */
interface Place {
  file: string;
  row: number;
}

/**
 * Embeddings in the origin-private file system: a folder a model, files of at most 4,096 rows, each `[rows] u32, [dim] u32,
 * keys, float32 rows`. Files are written whole, so two tabs can share them. Beyond `limit` bytes the oldest files go.
 */
export const opfsEmbeddings = (root = "embeddings", limit = 512 * 2 ** 20): EmbeddingCache => {
  const indexes = new Map<string, Map<string, Place>>();

  const indexOf = async (model: string, dim: number): Promise<Map<string, Place>> => {
    const index = indexes.get(model) ?? new Map<string, Place>();
    indexes.set(model, index);
    const read = new Set([...index.values()].map(({ file }) => file));
    for (const name of await listFiles(`${root}/${model}`).catch(noneWithoutStorage)) {
      const path = `${root}/${model}/${name}`;
      if (!read.has(path)) (await keysOf(path, dim)).forEach((key, row) => index.set(key, { file: path, row }));
    }
    return index;
  };

  const removeOldest = async (): Promise<void> => {
    const files = await Promise.all(
      (await listFiles(root)).map(async (name) => ({
        path: `${root}/${name}`,
        file: await openFile(`${root}/${name}`),
      })),
    );
    const kept = files.flatMap(({ path, file }) => (file === null ? [] : [{ path, file }]));
    kept.sort((a, b) => b.file.lastModified - a.file.lastModified || (a.path < b.path ? 1 : -1));
    let bytes = 0;
    for (const { path, file } of kept) if ((bytes += file.size) > limit) await removePath(path);
  };

  return {
    async read(model, keys, dim) {
      const index = await indexOf(model, dim);
      const wanted = new Map<string, { at: number; row: number }[]>();
      keys.forEach((key, at) => {
        const place = index.get(key);
        if (!place) return;
        const inFile = wanted.get(place.file) ?? [];
        wanted.set(place.file, inFile);
        inFile.push({ at, row: place.row });
      });
      const found = new Map<number, Float32Array>();
      for (const [path, places] of wanted) {
        const rows = await rowsOf(path, dim);
        if (rows === null) forget(index, path); // another tab made room
        else for (const { at, row } of places) found.set(at, rows.subarray(row * dim, (row + 1) * dim));
      }
      return found;
    },

    async write(model, keys, rows) {
      const dim = rows.length / keys.length;
      try {
        for (let from = 0; from < keys.length; from += ROWS) {
          const part = keys.slice(from, from + ROWS);
          const name = `${Date.now().toString(36).padStart(9, "0")}-${crypto.randomUUID()}.bin`;
          const content = encode(part, rows.subarray(from * dim, (from + part.length) * dim), dim);
          await writeFile(`${root}/${model}/${name}`, content);
        }
        await removeOldest();
      } catch (thrown) {
        const { code } = thrown as { code?: string };
        if (code !== "storage-full" && code !== "storage-unavailable") throw thrown;
        // A cache is the first thing to go when storage is short: the run's own files need the room.
        if (code === "storage-full") await removePath(root);
        indexes.clear();
      }
    },
  };
};

/** Without storage there is nothing to find; that the browser allows none is said where files must be kept. */
const noneWithoutStorage = (thrown: unknown): string[] => {
  if ((thrown as { code?: string }).code === "storage-unavailable") return [];
  throw thrown;
};

const forget = (index: Map<string, Place>, file: string): void => {
  for (const [key, place] of index) if (place.file === file) index.delete(key);
};

const HEADER_BYTES = 8;

const encode = (keys: readonly string[], rows: Float32Array, dim: number): Uint8Array => {
  const bytes = new Uint8Array(HEADER_BYTES + keys.length * KEY_BYTES + rows.byteLength);
  new Uint32Array(bytes.buffer, 0, 2).set([keys.length, dim]);
  keys.forEach((key, i) => {
    for (let b = 0; b < KEY_BYTES; b++)
      bytes[HEADER_BYTES + i * KEY_BYTES + b] = Number.parseInt(key.slice(2 * b, 2 * b + 2), 16);
  });
  bytes.set(new Uint8Array(rows.buffer, rows.byteOffset, rows.byteLength), HEADER_BYTES + keys.length * KEY_BYTES);
  return bytes;
};

/** Rows of a whole file of this dimension; 0 for any other. */
const countIn = (header: Uint32Array, size: number, dim: number): number => {
  const [rows = 0, width = 0] = header;
  return width === dim && size === HEADER_BYTES + rows * (KEY_BYTES + 4 * dim) ? rows : 0;
};

const slice = async (file: File, from: number, to: number): Promise<ArrayBuffer> => file.slice(from, to).arrayBuffer();

const keysOf = async (path: string, dim: number): Promise<string[]> => {
  const file = await openFile(path);
  if (file === null || file.size < HEADER_BYTES) return [];
  const rows = countIn(new Uint32Array(await slice(file, 0, HEADER_BYTES)), file.size, dim);
  const keys = new Uint8Array(await slice(file, HEADER_BYTES, HEADER_BYTES + rows * KEY_BYTES));
  return Array.from({ length: rows }, (_, i) =>
    Array.from(keys.subarray(i * KEY_BYTES, (i + 1) * KEY_BYTES), (byte) => byte.toString(16).padStart(2, "0")).join(
      "",
    ),
  );
};

const rowsOf = async (path: string, dim: number): Promise<Float32Array | null> => {
  const file = await openFile(path);
  if (file === null) return null;
  const rows = countIn(new Uint32Array(await slice(file, 0, HEADER_BYTES)), file.size, dim);
  return new Float32Array(await slice(file, HEADER_BYTES + rows * KEY_BYTES, file.size));
};
