import { join } from "node:path";
import { z } from "zod";
import { artifactPathSchema, instantSchema, sha256Schema, versionSchema } from "../../src/domain/api/index.ts";
import { comparisonSchema } from "../../src/domain/artifact/manifestSchema.ts";
import { MEASURED_ON } from "../../src/domain/dataset/origin.ts";
import { retentionSchema } from "../../src/domain/retention/index.ts";
import { sha256 } from "../lib/hash.ts";
import { readPlainText } from "../lib/plainFile.ts";

/** File in a version's folder that only the server writes. */
export const RECORD_FILE = "registry.json";

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
  origin: z.literal("imported").optional(),
  dataset: z.object({ name: z.string(), fingerprint: z.string(), rows: z.number() }).nullable(),
  splitHash: z.string().nullable(),
  queries: z.number(),
  comparisons: z.array(comparisonSchema),
  measuredOn: z.enum(MEASURED_ON).optional(),
  strength: z.number().gt(0).lt(1).optional(),
  retention: retentionSchema.optional(),
  files: z.array(z.object({ path: artifactPathSchema, bytes: z.number(), sha256: sha256Schema })),
});
export type VersionRecord = z.infer<typeof recordSchema>;
export type RecordedFile = VersionRecord["files"][number];

export const readRecord = async (directory: string): Promise<VersionRecord> =>
  recordSchema.parse(JSON.parse(await readPlainText(join(directory, RECORD_FILE))));

/** The number in `v12-0a1b2c3d`. */
export const numberOf = (version: string): number => Number(/^v(\d+)-/.exec(version)?.[1] ?? 0);

/** Revision of the hub protocol, 40 hex digits, fixed by the names and digests of all files. */
export const commitOf = (record: Pick<VersionRecord, "files">): string => {
  const lines = record.files.map((file) => `${file.sha256}  ${file.path}\n`).sort();
  return sha256(lines.join("")).slice(0, 40);
};
