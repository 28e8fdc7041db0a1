import { sha256Hex } from "../hashing.ts";
import { present } from "../present.ts";
import { retentionOf, type RetentionScores } from "../retention/index.ts";
import type { FolderFile } from "./build.ts";
import { changesIn } from "./cardLimits.ts";
import { evaluationRecordSchema } from "./evaluationRecord.ts";
import { buildManifest, MANIFEST_PATH, parseManifest } from "./manifest.ts";
import { modelCard } from "./modelCard.ts";
import { jsonBytes } from "./sentenceTransformers.ts";

const EVALUATION_PATH = "evaluation.json";
const CARD_PATH = "README.md";

/**
 * The folder with what its model finds of the general set: in manifest and card, and question by question in evaluation.json where it has
 * one. An artifact is written as soon as its run has ended and this is measured later; the model's fingerprint stays as it is.
 * @throws StudioError where the manifest is not an artifact's
 */
export const withRetention = (files: readonly FolderFile[], scores: RetentionScores): FolderFile[] => {
  const read = (path: string): Uint8Array | undefined => files.find((file) => file.path === path)?.bytes;
  const manifest = { ...parseManifest(present(read(MANIFEST_PATH), MANIFEST_PATH)), retention: retentionOf(scores) };
  const stored = read(EVALUATION_PATH);
  const evaluation =
    stored && evaluationRecordSchema.parse(JSON.parse(new TextDecoder().decode(stored)) as Record<string, unknown>);
  const changed = new Map([
    [CARD_PATH, new TextEncoder().encode(modelCard(manifest, evaluation ? changesIn(evaluation) : null))],
    ...(evaluation ? [[EVALUATION_PATH, jsonBytes({ ...evaluation, general: scores })] as const] : []),
  ]);
  const rest = files
    .filter(({ path }) => path !== MANIFEST_PATH)
    .map(({ path, bytes }) => ({ path, bytes: changed.get(path) ?? bytes }));
  const listed = new Set(manifest.files.map(({ path }) => path));
  const described = rest
    .filter(({ path }) => listed.has(path))
    .map(({ path, bytes }) => ({ path, bytes: bytes.length, sha256: sha256Hex(bytes) }));
  return [...rest, { path: MANIFEST_PATH, bytes: jsonBytes(buildManifest({ ...manifest, files: described })) }].sort(
    (a, b) => (a.path < b.path ? -1 : 1),
  );
};
