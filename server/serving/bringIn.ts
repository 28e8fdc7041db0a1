import { randomUUID } from "node:crypto";
import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import {
  buildArtifact,
  MANIFEST_PATH,
  mustDifferFromBase,
  parseManifest,
  PROBE_TEXTS,
  type ArtifactInput,
  type FolderFile,
} from "../../src/domain/artifact/index.ts";
import { BUNDLED_BASES, QWEN3_EMBEDDING_06B } from "../../src/domain/bases.ts";
import { StudioError } from "../../src/domain/errors.ts";
import {
  formatOf,
  mustPoolLast,
  namesBase,
  readForeignAdapter,
  tokenLimitOf,
  type ImportTest,
} from "../../src/domain/import/index.ts";
import { readJson, readModelConfig } from "../../src/domain/modelConfig.ts";
import { present } from "../../src/domain/present.ts";
import { loadPrompts } from "../../src/domain/text/prompts.ts";
import { loadTokenizer } from "../../src/domain/text/tokenizer.ts";
import { DEFAULT_HYPERPARAMETERS } from "../../src/domain/training/types.ts";
import { hashFile } from "../lib/hash.ts";
import { Mutex } from "../lib/mutex.ts";
import { VERSION } from "../lib/project.ts";
import type { BaseStore, LocalBase } from "../registry/bases.ts";
import { measureImport, testIn } from "./measureImport.ts";
import type { OnnxStore } from "./onnxStore.ts";
import { modelFolder } from "./modelFolder.ts";
import { openSession } from "./onnxSession.ts";

/** As in every artifact's reference. */
const PROBE_TOKENS = 512;

/** How far an import is measured, in texts, and what ends it. */
export interface ImportWatch {
  onProgress?: (done: number, total: number) => void;
  signal?: AbortSignal;
}

/**
 * Makes an artifact, in place, of an uploaded PEFT adapter that was trained elsewhere: with the vectors of the probe texts as this
 * server computes them, a manifest and a card. It is measured against its base where the upload holds a test, and says so where it
 * does not. An artifact of the studio, and what is no adapter, is left as it is. The folder is replaced as a whole, or not at all.
 * @returns whether it made one
 * @throws StudioError `import-base-missing`, `import-merged`, `artifact-unchanged`, and what the readers throw
 */
export const bringIn = (parts: { bases: BaseStore; onnx: OnnxStore }) => {
  /** One at a time: each holds models in memory beside those that serve. */
  const turns = new Mutex();
  return (directory: string, watch: ImportWatch = {}): Promise<boolean> =>
    turns.run(() => bringInOne(parts, directory, watch));
};

const bringInOne = async (
  parts: { bases: BaseStore; onnx: OnnxStore },
  directory: string,
  watch: ImportWatch,
): Promise<boolean> => {
  const folder = modelFolder(directory, "upload");
  if ((await folder.size(MANIFEST_PATH)) !== null) return false;
  const format = await formatOf(folder).catch(() => null);
  if (format === null) return false;
  if (format === "merged")
    throw new StudioError(
      "import-merged",
      "The upload is a merged model without a manifest.",
      "Import it with npm run import, which finds the adapter in it, or put it into models/base/ as a base of its own.",
    );
  await mustPoolLast(folder);
  const test = await testIn(directory);
  const { base_model_name_or_path: named } = (await readJson(folder, "adapter_config.json")) as Record<string, unknown>;
  const base = await baseNamed(parts.bases, typeof named === "string" ? named : "");
  const scratch = join(dirname(directory), `.import-${randomUUID()}`);
  try {
    const input = await inputOf(directory, base);
    // Which vectors the model makes does not hang on the reference: the draft has the fingerprint already.
    await write(scratch, await buildArtifact(input));
    const reference = await probe(scratch, base, parts.onnx);
    mustDifferFromBase(
      reference,
      "Look whether the training saved its weights; an adapter that was only begun holds zeros.",
    );
    const evaluation = test && (await measureImport(scratch, base, parts.onnx, { test, ...watch }));
    await rm(scratch, { recursive: true });
    await write(scratch, await buildArtifact({ ...input, reference, ...(test && measured(input, test, evaluation)) }));
    await rm(directory, { recursive: true });
    await rename(scratch, directory);
    return true;
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
};

/** What a test adds to an import. */
const measured = (
  { imported }: ArtifactInput,
  { dataset }: ImportTest,
  evaluation: ArtifactInput["evaluation"],
): Partial<ArtifactInput> => ({ evaluation, imported: { ...present(imported, "origin"), test: dataset } });

/** This server's base that an adapter's config means. */
const baseNamed = async (bases: BaseStore, named: string): Promise<LocalBase> => {
  const names = await bases.names();
  const found = names.find((name) => namesBase(named, name) === true);
  const base = found === undefined ? null : await bases.local(found);
  if (base) return base;
  throw new StudioError(
    "import-base-missing",
    named === ""
      ? "The adapter does not name its base."
      : `The adapter was trained on ${named.slice(0, 200)}, which is not on this server.`,
    `Put the base into models/base/, or import the adapter with npm run import. Here are: ${names.join(", ")}.`,
  );
};

/** The base's name to others: the hub's, where the weights are known. */
const identityOf = ({ name, sha256 }: LocalBase): { id: string; revision: string } => {
  if (sha256 === QWEN3_EMBEDDING_06B.sha256)
    return { id: QWEN3_EMBEDDING_06B.id, revision: QWEN3_EMBEDDING_06B.revision };
  const bundled = BUNDLED_BASES.find((base) => base.sha256 === sha256);
  return bundled ? { id: bundled.id, revision: "bundled" } : { id: name, revision: "local" };
};

const inputOf = async (directory: string, base: LocalBase): Promise<ArtifactInput> => {
  const folder = modelFolder(directory, "upload");
  const files = { ...modelFolder(base.directory, base.name), ...identityOf(base) };
  const config = await readModelConfig(files);
  const { adapter, origin } = await readForeignAdapter(folder, { id: base.name, config });
  const prompts = await loadPrompts((await folder.size("config_sentence_transformers.json")) === null ? files : folder);
  const unit = Float32Array.from({ length: PROBE_TEXTS.length * config.hidden }, (_, i) =>
    i % config.hidden === 0 ? 1 : 0,
  );
  const side = { query: unit, document: unit };
  return {
    name: `Imported adapter of ${base.name}`,
    runId: randomUUID(),
    createdAt: new Date().toISOString(),
    engine: { version: VERSION, commit: null },
    base: files,
    baseSha256: base.sha256,
    adapter,
    prompts,
    instruction: null,
    imported: {
      ...origin,
      sha256: await hashFile(join(directory, "adapter_model.safetensors")),
      maxTokens: (await tokenLimitOf(folder)) ?? DEFAULT_HYPERPARAMETERS.maxTokens,
      test: null,
    },
    dataset: null,
    split: null,
    hyperparameters: null,
    training: null,
    device: null,
    selfTest: null,
    evaluation: null,
    reference: { dim: config.hidden, baseline: side, tuned: side },
  };
};

const write = async (folder: string, files: readonly FolderFile[]): Promise<void> => {
  for (const { path, bytes } of files) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), bytes);
  }
};

/** Vectors of the probe texts, one text at a time, so that batching and padding are held against them later. */
const probe = async (artifact: string, base: LocalBase, onnx: OnnxStore): Promise<ArtifactInput["reference"]> => {
  const files = modelFolder(artifact, "artifact");
  const { fingerprint } = parseManifest(await files.read(MANIFEST_PATH));
  const { hidden: dim } = await readModelConfig(files);
  const [tokenizer, prompts] = [await loadTokenizer(files), await loadPrompts(files)];
  const embed = async (folder: string) => {
    const session = await openSession(folder, { dimension: dim, padToken: tokenizer.endToken });
    const all = async (kind: "query" | "document") => {
      const rows = new Float32Array(PROBE_TEXTS.length * dim);
      for (const [row, text] of PROBE_TEXTS.entries())
        rows.set(
          present((await session.run([tokenizer.encode(prompts[kind], text, PROBE_TOKENS)]))[0], "vector"),
          row * dim,
        );
      return rows;
    };
    try {
      return { query: await all("query"), document: await all("document") };
    } finally {
      await session.close();
    }
  };
  const tuned = await onnx.tuned({ directory: artifact, fingerprint }, base);
  return { dim, baseline: await embed(await onnx.base(base)), tuned: await embed(tuned) };
};
