import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import {
  MANIFEST_PATH,
  parseManifest,
  testFacts,
  tokensOf,
  type ArtifactInput,
} from "../../src/domain/artifact/index.ts";
import { StudioError } from "../../src/domain/errors.ts";
import { compareAll } from "../../src/domain/evaluation/index.ts";
import {
  IMPORT_TEST_FOLDER,
  IMPORT_TEST_LIMITS,
  readImportTest,
  type ImportTest,
} from "../../src/domain/import/index.ts";
import { loadTokenizer } from "../../src/domain/text/tokenizer.ts";
import { readPlain } from "../lib/plainFile.ts";
import type { LocalBase } from "../registry/bases.ts";
import { modelFolder } from "./modelFolder.ts";
import type { OnnxStore } from "./onnxStore.ts";
import { openSession } from "./onnxSession.ts";
import { scoreSession } from "./scoreSession.ts";

/**
 * The test that was uploaded beside an adapter; null where there is none.
 * @throws StudioError `import-test-unreadable`, `import-test-too-large`, and those of `parseDataset`
 */
export const testIn = async (directory: string): Promise<ImportTest | null> => {
  const names = await readdir(join(directory, IMPORT_TEST_FOLDER)).catch((thrown: NodeJS.ErrnoException) => {
    if (thrown.code === "ENOENT") return [];
    throw thrown;
  });
  const [name, ...others] = names;
  if (name === undefined) return null;
  if (others.length > 0)
    throw new StudioError(
      "import-test-unreadable",
      `${IMPORT_TEST_FOLDER} holds ${names.length} files.`,
      "Send one file with the test.",
    );
  const path = join(directory, IMPORT_TEST_FOLDER, name);
  const { size } = await stat(path);
  if (size > IMPORT_TEST_LIMITS.bytes)
    throw new StudioError(
      "import-test-too-large",
      `${name} has ${Math.ceil(size / 2 ** 20)} MiB; a test may have ${IMPORT_TEST_LIMITS.bytes / 2 ** 20}.`,
      "Give a smaller test, or measure it with npm run import -- --test FILE.",
    );
  return readImportTest(`${IMPORT_TEST_FOLDER}${name}`, new Uint8Array(await readPlain(path)));
};

/**
 * Base and adapter on the test's questions, both embedded by onnxruntime, one model in memory at a time.
 * @param artifact a draft of the artifact: its vectors are those of what it becomes
 */
export const measureImport = async (
  artifact: string,
  base: LocalBase,
  onnx: OnnxStore,
  {
    test: { task },
    onProgress,
    signal,
  }: { test: ImportTest; onProgress?: (done: number, total: number) => void; signal?: AbortSignal },
): Promise<NonNullable<ArtifactInput["evaluation"]>> => {
  const files = modelFolder(artifact, "artifact");
  const manifest = parseManifest(await files.read(MANIFEST_PATH));
  const tokenizer = await loadTokenizer(files);
  const total = 2 * (task.queries.length + task.corpus.length);
  let done = 0;
  const score = async (folder: string, label: string) => {
    const session = await openSession(folder, { dimension: manifest.dimension, padToken: tokenizer.endToken });
    try {
      return await scoreSession(session, task, {
        label,
        tokenizer,
        prompts: manifest.prompt,
        maxTokens: tokensOf(manifest),
        onTexts: (count) => onProgress?.((done += count), total),
        signal,
      });
    } finally {
      await session.close();
    }
  };
  onProgress?.(0, total);
  const baseline = await score(await onnx.base(base), "baseline");
  const { fingerprint } = manifest;
  const tuned = await score(await onnx.tuned({ directory: artifact, fingerprint }, base), "tuned");
  return {
    baseline,
    tuned,
    comparisons: compareAll(baseline, tuned, { task }),
    ...testFacts(task),
  };
};
