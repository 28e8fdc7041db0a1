import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { lstat, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { z } from "zod";
import { artifactPathSchema, instantSchema, sha256Schema, versionSchema } from "../../src/domain/api/index.ts";
import { StudioError, type Problem } from "../../src/domain/errors.ts";

/** File in a version's folder that only the server writes. */
export const RECORD_FILE = "registry.json";

const comparisonsSchema = z.array(
  z.object({
    metric: z.string(),
    baseline: z.number(),
    tuned: z.number(),
    delta: z.number(),
    interval: z.tuple([z.number(), z.number()]),
    pValue: z.number(),
    minimumDetectableEffect: z.number(),
    verdict: z.enum(["improved", "inconclusive", "regressed"]),
  }),
);

/** What the server noted when it registered a version: facts that were verified then, and every file's digest. */
const recordSchema = z.object({
  schema: z.literal(1),
  version: versionSchema,
  name: z.string(),
  fingerprint: sha256Schema,
  registeredAt: instantSchema,
  by: z.string(),
  base: z.object({ id: z.string(), revision: z.string(), sha256: z.string() }),
  prompt: z.object({ query: z.string(), document: z.string() }),
  dataset: z.object({ name: z.string(), fingerprint: z.string(), rows: z.number() }),
  splitHash: z.string().nullable(),
  queries: z.number(),
  comparisons: comparisonsSchema,
  files: z.array(z.object({ path: artifactPathSchema, bytes: z.number(), sha256: sha256Schema })),
});
export type VersionRecord = z.infer<typeof recordSchema>;
export type RecordedFile = VersionRecord["files"][number];

export const readRecord = async (directory: string): Promise<VersionRecord> =>
  recordSchema.parse(JSON.parse(await readFile(join(directory, RECORD_FILE), "utf8")));

/** The number in `v12-0a1b2c3d`. */
export const numberOf = (version: string): number => Number(/^v(\d+)-/.exec(version)?.[1] ?? 0);

/** Revision of the hub protocol, 40 hex digits, fixed by the names and digests of all files. */
export const commitOf = (record: Pick<VersionRecord, "files">): string => {
  const lines = record.files.map((file) => `${file.sha256}  ${file.path}\n`).sort();
  return createHash("sha256").update(lines.join("")).digest("hex").slice(0, 40);
};

/** SHA-256 of a file in hex, streamed. */
export const hashFile = async (path: string): Promise<string> => {
  const hash = createHash("sha256");
  await pipeline(createReadStream(path), hash);
  return hash.digest("hex");
};

/** Digests of files that have not been touched since: a write changes the inode's time, which no program can set back. */
export class Digests {
  readonly #known = new Map<string, { stamp: string; sha256: string }>();

  async of(path: string): Promise<string> {
    const { size, ino, ctimeNs } = await lstat(path, { bigint: true });
    const stamp = `${ino}:${size}:${ctimeNs}`;
    const known = this.#known.get(path);
    if (known?.stamp === stamp) return known.sha256;
    const sha256 = await hashFile(path);
    this.#known.set(path, { stamp, sha256 });
    return sha256;
  }
}

/** Every regular file under a folder, with forward slashes. Throws for links and other special files. */
export const listFiles = async (directory: string, prefix = ""): Promise<string[]> => {
  const entries = await readdir(join(directory, prefix), { withFileTypes: true });
  const nested = await Promise.all(
    entries.map(async (entry): Promise<string[]> => {
      const path = prefix ? `${prefix}/${entry.name}` : entry.name;
      if (entry.isDirectory()) return listFiles(directory, path);
      if (entry.isFile()) return [path];
      throw new StudioError("file-refused", `${path} is a link or a special file.`, "Put a plain file in its place.");
    }),
  );
  return nested.flat().sort();
};

/**
 * Compares a version's folder with its record: sizes always, digests when `digests` are given. Null when all is as registered.
 * A file that the record does not know is a fault too: loaders pick files up by name.
 */
export const inspectFiles = async (
  directory: string,
  record: VersionRecord,
  digests: Digests | null,
): Promise<Problem | null> => {
  const hint = "Upload the artifact again: the server registers it anew. Then promote that version.";
  const fault = (path: string, what: string): Problem => ({
    code: "version-damaged",
    message: `${path} of ${record.version} ${what}.`,
    hint,
  });
  for (const file of record.files) {
    const path = join(directory, ...file.path.split("/"));
    const stat = await lstat(path).catch(() => null);
    if (!stat) return fault(file.path, "is missing");
    if (!stat.isFile()) return fault(file.path, "is not a plain file any more");
    if (stat.size !== file.bytes) return fault(file.path, `has ${stat.size} bytes instead of ${file.bytes}`);
    if (digests && (await digests.of(path)) !== file.sha256) return fault(file.path, "does not match its SHA-256");
  }
  const known = new Set([RECORD_FILE, ...record.files.map((file) => file.path)]);
  const present = await listFiles(directory).catch((thrown: Error) => thrown);
  if (present instanceof Error) return { code: "version-damaged", message: present.message, hint };
  const unknown = present.find((path) => !known.has(path));
  return unknown ? fault(unknown, "was added after registration") : null;
};
