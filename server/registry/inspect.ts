import { lstat } from "node:fs/promises";
import type { Problem } from "../../src/domain/errors.ts";
import { inFolder } from "../lib/paths.ts";
import type { Digests } from "./digests.ts";
import { listFiles } from "./folder.ts";
import { RECORD_FILE, type VersionRecord } from "./record.ts";

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
    const path = inFolder(directory, file.path);
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
