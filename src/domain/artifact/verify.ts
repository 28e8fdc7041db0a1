import { toProblem, type Problem } from "../errors.ts";
import { createHasher } from "../hashing.ts";
import { baseConfigPath } from "./baseConfig.ts";
import type { FolderAccess } from "./folderAccess.ts";
import { MANIFEST_PATH, MAX_MANIFEST_BYTES, parseManifest, type Manifest } from "./manifest.ts";
import { REFERENCE_PATH } from "./probes.ts";
import { contentChecks, type Add, type ExpectedBase } from "./verifyContents.ts";

/** What is wrong, and with which file. */
export interface ArtifactProblem extends Problem {
  file: string;
}

export interface Verification {
  /** The manifest when it could be read, also when other problems were found. */
  manifest: Manifest | null;
  /** Empty when the artifact is whole. */
  problems: ArtifactProblem[];
}

/** Paths that a folder of this schema version must have. */
const requiredFiles = (manifest: Manifest): string[] => [
  "adapter_config.json",
  "adapter_model.safetensors",
  baseConfigPath(manifest),
  "tokenizer.json",
  "tokenizer_config.json",
  "modules.json",
  "1_Pooling/config.json",
  "2_Normalize/config.json",
  "config_sentence_transformers.json",
  "README.md",
  REFERENCE_PATH,
  ...(manifest.schemaVersion === 1 ? [] : ["sentence_bert_config.json"]),
];

/** What makes libraries take a folder for a complete model: they would load these weights and apply the adapter on top. */
const completeModel = /^(config\.json|(model|pytorch_model)\b.*\.(safetensors|bin|json))$/;

const HASH_CHUNK = 4 * 1024 * 1024;

/**
 * Recomputes everything an artifact claims: the manifest's digest and model fingerprint, every file's size and SHA-256,
 * adapter names and shapes against the base's config, finite numbers, prompts, pooling, token limit, reference embeddings, merged weights.
 * Reads big files in pieces. `onnx/` is left out: the server makes it.
 */
export const verifyArtifact = async (folder: FolderAccess, base: ExpectedBase | null = null): Promise<Verification> => {
  const problems: ArtifactProblem[] = [];
  const add = (
    file: string,
    code: string,
    message: string,
    hint = "Export the model again, or upload it as it was exported.",
  ) => void problems.push({ file, code, message, hint });
  const attempt = async (file: string, check: () => Promise<void>) => {
    try {
      await check();
    } catch (thrown) {
      problems.push({ ...toProblem(thrown), file });
    }
  };

  let manifest: Manifest | null = null;
  await attempt(MANIFEST_PATH, async () => {
    const size = await folder.size(MANIFEST_PATH);
    if (size === null) add(MANIFEST_PATH, "file-missing", "manifest.json is missing.");
    else manifest = parseManifest(await folder.read(MANIFEST_PATH, 0, Math.min(size, MAX_MANIFEST_BYTES + 1)));
  });
  if (!manifest) return { manifest, problems };
  const stated: Manifest = manifest;

  await checkFiles(folder, stated, add);
  // What the files say is worth reading only when they are the files that were exported.
  if (problems.length === 0)
    for (const [file, check] of Object.entries(contentChecks(folder, stated, base, add))) await attempt(file, check);
  return { manifest, problems };
};

const checkFiles = async (folder: FolderAccess, manifest: Manifest, add: Add): Promise<void> => {
  const listed = new Set(manifest.files.map(({ path }) => path));
  if (listed.size !== manifest.files.length)
    add(MANIFEST_PATH, "file-listed-twice", "The manifest lists a file twice.");
  const folded = new Set([...listed].map((path) => path.toLowerCase()));
  if (folded.size !== listed.size)
    add(MANIFEST_PATH, "file-listed-twice", "The manifest lists two files that differ only in case.");
  for (const path of requiredFiles(manifest))
    if (!listed.has(path)) add(path, "file-missing", `The manifest does not list ${path}.`);
  for (const path of manifest.schemaVersion === 1 ? [] : listed)
    if (completeModel.test(path))
      add(
        path,
        "adapter-beside-model",
        `${path} makes a complete model of the folder; libraries would not apply the adapter to its base alone.`,
      );
  for (const path of await folder.paths())
    if (!listed.has(path) && path !== MANIFEST_PATH && !path.startsWith("onnx/"))
      add(path, "file-unlisted", `${path} is in the folder and not in the manifest.`, "Remove the file.");
  for (const { path, bytes, sha256 } of manifest.files) {
    const size = await folder.size(path);
    if (size === null) add(path, "file-missing", `${path} is missing.`);
    else if (size !== bytes)
      add(
        path,
        "file-size",
        `${path} has ${size} bytes where the manifest says ${bytes}: ${size < bytes ? "it is truncated" : "it was changed"}.`,
      );
    else if (((await folder.knownSha256?.(path)) ?? (await hashOf(folder, path, size))) !== sha256)
      add(path, "file-hash", `${path} does not have the SHA-256 of the manifest: it was changed or damaged.`);
  }
};

const hashOf = async (folder: FolderAccess, path: string, size: number): Promise<string> => {
  const hasher = createHasher();
  for (let at = 0; at < size; at += HASH_CHUNK)
    hasher.update(await folder.read(path, at, Math.min(size, at + HASH_CHUNK)));
  return hasher.hex();
};
