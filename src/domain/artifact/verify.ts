import { toProblem, type Problem } from "../errors.ts";
import { createHasher } from "../hashing.ts";
import { parseModelConfig, readJson, modelTensors, type ModelConfig } from "../modelConfig.ts";
import { parseAdapter } from "./adapter.ts";
import { parsePeftConfig } from "./adapterConfig.ts";
import { evaluationRecordSchema } from "./evaluationRecord.ts";
import { MANIFEST_PATH, MAX_MANIFEST_BYTES, parseManifest, type Manifest } from "./manifest.ts";
import { readReference, REFERENCE_PATH } from "./probes.ts";
import { parseHeader, readHeader, toFloat32 } from "../safetensors/index.ts";
import { allFinite, canonicalName } from "./adapter.ts";

/** A folder to be verified, wherever it lies. */
export interface FolderAccess {
  /** All files in it, forward-slash paths. */
  paths(): Promise<string[]>;
  size(path: string): Promise<number | null>;
  read(path: string, start?: number, end?: number): Promise<Uint8Array>;
  /** SHA-256 in hex where it was already computed from the very bytes (an upload hashed on the way in). */
  knownSha256?(path: string): Promise<string | null>;
}

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

/** What the verifier holds against the artifact, where it knows the base. */
export interface ExpectedBase {
  sha256: string;
  config: ModelConfig;
}

const REQUIRED = [
  "adapter_config.json", "adapter_model.safetensors", "config.json", "tokenizer.json", "tokenizer_config.json", "modules.json",
  "1_Pooling/config.json", "2_Normalize/config.json", "config_sentence_transformers.json", "README.md", REFERENCE_PATH,
]; // prettier-ignore

const HASH_CHUNK = 4 * 1024 * 1024;

/**
 * Recomputes everything an artifact claims: the manifest's digest and model fingerprint, every file's size and SHA-256,
 * adapter names and shapes against config.json, finite numbers, prompts, pooling, reference embeddings, merged weights.
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

type Add = (file: string, code: string, message: string, hint?: string) => void;

const checkFiles = async (folder: FolderAccess, manifest: Manifest, add: Add): Promise<void> => {
  const listed = new Set(manifest.files.map(({ path }) => path));
  if (listed.size !== manifest.files.length)
    add(MANIFEST_PATH, "file-listed-twice", "The manifest lists a file twice.");
  const folded = new Set([...listed].map((path) => path.toLowerCase()));
  if (folded.size !== listed.size)
    add(MANIFEST_PATH, "file-listed-twice", "The manifest lists two files that differ only in case.");
  for (const path of REQUIRED) if (!listed.has(path)) add(path, "file-missing", `The manifest does not list ${path}.`);
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

const contentChecks = (
  folder: FolderAccess,
  manifest: Manifest,
  base: ExpectedBase | null,
  add: Add,
): Record<string, () => Promise<void>> => {
  const json = (path: string) => readJson(folder, path);
  const config = async () => parseModelConfig(await json("config.json"));
  return {
    [MANIFEST_PATH]: async () => {
      if (base && manifest.base.sha256 !== base.sha256)
        add(
          MANIFEST_PATH,
          "base-mismatch",
          `The model was tuned from another base (${manifest.base.id}).`,
          "Upload it to a server that has this base.",
        );
    },
    "config.json": async () => {
      const own = await config();
      const differing =
        base && Object.entries(base.config).filter(([key, value]) => own[key as keyof ModelConfig] !== value);
      if (differing?.length)
        add(
          "config.json",
          "config-mismatch",
          `config.json differs from the base in ${differing.map(([key]) => key).join(", ")}.`,
        );
      if (own.hidden !== manifest.dimension)
        add("config.json", "config-mismatch", "config.json and the manifest give different dimensions.");
    },
    "adapter_config.json": async () => {
      const settings = parsePeftConfig(await json("adapter_config.json"));
      const { adapter } = manifest;
      const agree =
        settings.rank === adapter.rank &&
        settings.alpha === adapter.alpha &&
        Math.abs(settings.scaling - adapter.scaling) < 1e-9 &&
        settings.targets.toSorted().join() === adapter.targetModules.toSorted().join();
      if (!agree)
        add(
          "adapter_config.json",
          "adapter-mismatch",
          "adapter_config.json and the manifest describe different adapters.",
        );
      if (settings.taskType !== "FEATURE_EXTRACTION")
        add("adapter_config.json", "adapter-mismatch", "The adapter's task type is not FEATURE_EXTRACTION.");
    },
    "adapter_model.safetensors": async () => {
      const file = await folder.read("adapter_model.safetensors");
      const odd = [...parseHeader(file).tensors.keys()].find((name) => canonicalName(name)?.name !== name);
      if (odd)
        add(
          "adapter_model.safetensors",
          "adapter-names",
          `Tensor ${odd} is not named as PEFT names it; some libraries would ignore it without a word.`,
        );
      const { tensors } = parseAdapter(await json("adapter_config.json"), file, await config());
      const parameters = [...tensors.values()].reduce((sum, values) => sum + values.length, 0);
      if (parameters !== manifest.adapter.parameters)
        add(
          "adapter_model.safetensors",
          "adapter-mismatch",
          "The adapter has another number of parameters than the manifest says.",
        );
    },
    "config_sentence_transformers.json": async () => {
      const { prompts } = (await json("config_sentence_transformers.json")) as { prompts?: Record<string, unknown> };
      if (prompts?.query !== manifest.prompt.query || prompts?.document !== manifest.prompt.document)
        add("config_sentence_transformers.json", "prompt-mismatch", "The prompts are not those of the manifest.");
    },
    "1_Pooling/config.json": async () => {
      const pooling = (await json("1_Pooling/config.json")) as Record<string, unknown>;
      if (pooling.pooling_mode_lasttoken !== true)
        add("1_Pooling/config.json", "pooling-mismatch", "The pooling is not that of the last token.");
    },
    "modules.json": async () => {
      const types = ((await json("modules.json")) as { type?: string }[]).map(({ type }) => type?.split(".").at(-1));
      if (types.join() !== "Transformer,Pooling,Normalize")
        add("modules.json", "pooling-mismatch", "The modules are not transformer, pooling and normalisation.");
    },
    "tokenizer_config.json": async () => {
      const { padding_side } = (await json("tokenizer_config.json")) as { padding_side?: unknown };
      if (padding_side !== "left")
        add("tokenizer_config.json", "padding-mismatch", "The tokenizer does not pad on the left.");
    },
    "tokenizer.json": async () => void (await json("tokenizer.json")),
    "evaluation.json": async () => {
      if ((await folder.size("evaluation.json")) === null) return;
      const record = evaluationRecordSchema.safeParse(await json("evaluation.json"));
      if (
        !record.success ||
        record.data.splitHash !== manifest.evaluation?.splitHash ||
        !meansAgree(record.data, manifest)
      )
        add("evaluation.json", "evaluation-mismatch", "The scores of the queries do not give the manifest's scores.");
    },
    [REFERENCE_PATH]: async () => {
      if (readReference(await folder.read(REFERENCE_PATH)).dim !== manifest.dimension)
        add(REFERENCE_PATH, "reference-invalid", "The reference embeddings have another dimension than the model.");
    },
    "model.safetensors": async () => {
      const size = await folder.size("model.safetensors");
      if (size !== null) await checkMerged(folder, size, await config(), add);
    },
  };
};

const meansAgree = (
  record: { baseline: Record<string, number[]>; tuned: Record<string, number[]> },
  { evaluation }: Manifest,
): boolean =>
  (["baseline", "tuned"] as const).every((side) =>
    Object.entries(record[side]).every(
      ([metric, values]) =>
        values.length === evaluation?.queries &&
        Math.abs(
          values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length) -
            (evaluation[side][metric] ?? NaN),
        ) < 1e-6,
    ),
  );

const checkMerged = async (folder: FolderAccess, size: number, config: ModelConfig, add: Add): Promise<void> => {
  const { tensors } = await readHeader((start, end) => folder.read("model.safetensors", start, end), size);
  for (const [name, shape] of modelTensors(config)) {
    const tensor = tensors.get(name);
    if (tensor?.shape.join() !== shape.join())
      return add(
        "model.safetensors",
        "merged-mismatch",
        `The merged weights have no ${name} of shape [${shape.join(", ")}].`,
      );
    for (let at = tensor.start; at < tensor.end; at += HASH_CHUNK) {
      const values = toFloat32(
        await folder.read("model.safetensors", at, Math.min(tensor.end, at + HASH_CHUNK)),
        tensor.dtype,
      );
      if (!allFinite(values))
        return add(
          "model.safetensors",
          "merged-not-finite",
          `The merged weights hold numbers that are not finite in ${name}.`,
        );
    }
  }
};

/** A folder that lies in memory (a fresh export, an unpacked zip). */
export const memoryFolder = (files: { path: string; bytes: Uint8Array }[]): FolderAccess => {
  const find = (path: string) => files.find((file) => file.path === path)?.bytes;
  return {
    paths: async () => files.map(({ path }) => path),
    size: async (path) => find(path)?.length ?? null,
    read: async (path, start, end) => find(path)!.subarray(start, end),
  };
};
