import { z } from "zod";

/** SHA-256 in lower-case hex. */
export const sha256Schema = z.string().regex(/^[0-9a-f]{64}$/, "must be 64 lower-case hex digits");

/** ISO 8601 in UTC. */
export const instantSchema = z.iso.datetime({ offset: true });

/** A version's name in the registry: `v3-1f0c9a72`, number of registration and start of the model fingerprint. */
export const versionSchema = z
  .string()
  .regex(/^v[1-9][0-9]{0,8}-[0-9a-f]{8}$/, "must look like v3-1f0c9a72")
  .meta({ id: "Version" });

/** Longest path of an artifact's file, and its depth. */
const MAX_PATH_LENGTH = 200;
const MAX_PATH_DEPTH = 4;

const segment = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,99}$/;
const reservedOnWindows = /^(con|prn|aux|nul|com[0-9]|lpt[0-9])(\.|$)/i;

/**
 * Whether a file name of an artifact is safe on every file system: relative, forward slashes, plain ASCII, no `.` or
 * `..`, no hidden file, no trailing dot, no device name.
 */
export const isSafeArtifactPath = (path: string): boolean => {
  if (path.length === 0 || path.length > MAX_PATH_LENGTH) return false;
  const segments = path.split("/");
  return (
    segments.length <= MAX_PATH_DEPTH &&
    segments.every((part) => segment.test(part) && !part.endsWith(".") && !reservedOnWindows.test(part))
  );
};

export const artifactPathSchema = z.string().refine(isSafeArtifactPath, {
  message: "must be a plain relative path (letters, digits, dot, dash, underscore; at most 4 levels)",
});

/** A reason a person types: it goes into the event log as it is. */
export const reasonSchema = z.string().trim().min(1).max(1000);
/** Who acts, as they call themselves; the server has no accounts. */
export const actorSchema = z.string().trim().min(1).max(100);

/** A field that may be left out; many clients send null for what is not set, which is the same. */
export const optional = <Schema extends z.ZodType>(schema: Schema) =>
  schema.nullish().transform((value) => value ?? undefined);
/** The same with what holds when it is left out. */
export const optionalOr = <Schema extends z.ZodType>(schema: Schema, fallback: NonNullable<z.output<Schema>>) =>
  schema.nullish().transform((value) => value ?? fallback);
