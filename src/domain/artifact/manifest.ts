import type { z } from "zod";
import { StudioError } from "../errors.ts";
import { canonicalJson, sha256Hex } from "../hashing.ts";
import { DEFAULT_HYPERPARAMETERS } from "../training/types.ts";
import { IMPORTED_VERSION, manifestBodySchema, manifestSchema, TRAINED } from "./manifestSchema.ts";

export const MANIFEST_PATH = "manifest.json";
/** More than any manifest needs; read into memory as a whole. */
export const MAX_MANIFEST_BYTES = 4 * 1024 * 1024;

export type Manifest = z.infer<typeof manifestSchema>;
export type ManifestBody = z.infer<typeof manifestBodySchema>;

/** A manifest of a model that was trained here. */
export type TrainedManifest = Manifest & {
  [Key in (typeof TRAINED)[number] | "device"]: NonNullable<Manifest[Key]>;
};

export const isTrainedHere = (manifest: Manifest): manifest is TrainedManifest => manifest.imported === undefined;

/** @throws StudioError `model-imported` where a run is asked for and there was none */
export const trainedHere = (manifest: Manifest): TrainedManifest => {
  if (isTrainedHere(manifest)) return manifest;
  throw new StudioError(
    "model-imported",
    `${manifest.name} was trained elsewhere: there is no run of the studio behind it.`,
    "Take a model that the studio has trained.",
  );
};

/** Longest text in tokens that the model reads, as its run or whoever trained it says. */
export const tokensOf = ({ hyperparameters, imported }: Pick<ManifestBody, "hyperparameters" | "imported">): number =>
  hyperparameters?.maxTokens ?? imported?.maxTokens ?? DEFAULT_HYPERPARAMETERS.maxTokens;

/** Files that record or derive, and do not change which vectors the model makes. */
const beside = /^(README\.md|evaluation\.json|reference_embeddings\.safetensors|model\.safetensors|onnx\/.*)$/;

/** SHA-256 over base weights, prompts, and path, size and hash of adapter, tokenizer, config and pooling files. */
const modelFingerprint = ({ base, prompt, files }: Pick<ManifestBody, "base" | "prompt" | "files">): string =>
  sha256Hex(
    canonicalJson({
      base: base.sha256,
      query: prompt.query,
      document: prompt.document,
      files: files.filter(({ path }) => !beside.test(path)).toSorted((a, b) => (a.path < b.path ? -1 : 1)),
    }),
  );

/** SHA-256 over a manifest without its `digest`. */
export const manifestDigest = ({
  digest: _,
  ...rest
}: ManifestBody & { fingerprint: string; digest?: string }): string => sha256Hex(canonicalJson(rest));

/** A complete manifest. @throws StudioError `manifest-refused` naming what does not fit (a name too long, a rate that is no number) */
export const buildManifest = (body: ManifestBody): Manifest => {
  const files = body.files.toSorted((a, b) => (a.path < b.path ? -1 : 1));
  const { data: checked, error } = manifestBodySchema.safeParse({ ...body, files });
  if (!checked)
    throw new StudioError(
      "manifest-refused",
      `The artifact's manifest cannot hold ${error.issues.map(({ path, message }) => `${path.join(".")} (${message})`).join(", ")}.`,
      "Change these settings of the run.",
    );
  const marked = { ...checked, fingerprint: modelFingerprint(checked) };
  return { ...marked, digest: manifestDigest(marked) };
};

/**
 * Reads a manifest's bytes and checks its own digest and fingerprint; the files are checked by `verifyArtifact`.
 * @throws StudioError `manifest-invalid` naming the fields, `manifest-too-new`, `manifest-altered`
 */
export const parseManifest = (bytes: Uint8Array): Manifest => {
  const fail = (what: string) =>
    new StudioError(
      "manifest-invalid",
      `manifest.json ${what}.`,
      "Export the model again and upload it as it was exported.",
    );
  if (bytes.length > MAX_MANIFEST_BYTES) throw fail("is larger than 4 MB");
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    throw fail("is not valid JSON");
  }
  const version = (json as { schemaVersion?: unknown } | null)?.schemaVersion;
  if (typeof version === "number" && version > IMPORTED_VERSION)
    throw new StudioError(
      "manifest-too-new",
      `manifest.json has schema version ${version}; this studio reads up to ${IMPORTED_VERSION}.`,
      "Update the studio that reads it.",
    );
  const parsed = manifestSchema.safeParse(json);
  if (parsed.success) {
    // Over the JSON as it stands, so that fields this version does not know are covered too.
    const intact =
      manifestDigest(json as Manifest) === parsed.data.digest &&
      modelFingerprint(parsed.data) === parsed.data.fingerprint;
    if (intact) return parsed.data;
    throw new StudioError(
      "manifest-altered",
      "manifest.json does not have the digest that it states: it was changed after the export.",
      "Upload the artifact as it was exported.",
    );
  }
  const fields = [...new Set(parsed.error.issues.map((issue) => issue.path.join(".") || "the whole file"))];
  throw fail(`is not valid in ${fields.slice(0, 8).join(", ")}`);
};
