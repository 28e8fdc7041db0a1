/** `npm run import`: a model trained elsewhere becomes an artifact as the studio's own runs write it. */
import { randomUUID } from "node:crypto";
import { basename } from "node:path";
import { MANIFEST_PATH, parseManifest, testFacts, type Imported } from "../../src/domain/artifact/index.ts";
import { datasetIdentity } from "../../src/domain/dataset/index.ts";
import { StudioError } from "../../src/domain/errors.ts";
import { compareAll, taskOfFile } from "../../src/domain/evaluation/index.ts";
import { formatOf, mustPoolLast, readForeignAdapter } from "../../src/domain/import/index.ts";
import { readJson } from "../../src/domain/modelConfig.ts";
import { SHARDS_PATH, WEIGHTS_PATH, type ModelFiles } from "../../src/domain/modelFiles.ts";
import {
  evaluateModel,
  exportArtifact,
  loadBase,
  LoraAdapter,
  type ExportOptions,
  type LoadedBase,
} from "../../src/engine/index.ts";
import { PROJECT_ROOT } from "../lib/project.ts";
import { commitOf } from "../setup/commit.mjs";
import { openAdapter, readingOf, type Reading } from "./adapterFolder.ts";
import { openNamedBase } from "./baseIdentity.ts";
import { chosenByFlags } from "./columnFlags.ts";
import { isStarted } from "./command.ts";
import { openCliDevice } from "./device.ts";
import { readFlags } from "./flags.ts";
import { readMerged } from "./importMerged.ts";
import { IMPORT_FLAGS, IMPORT_HELP } from "./importFlags.ts";
import { metricLines } from "./metricTable.ts";
import { openFile } from "./nodeModelFiles.ts";
import { newFolder, prepareOut, writeOut } from "./outFolder.ts";
import { readPairs } from "./pairs.ts";
import { report, UsageError } from "./problems.ts";

/** Exit codes: 0 written, 2 what the person can mend, 1 everything else. */
export const importModel = async (args: string[]): Promise<number> => {
  const flags = readFlags("import", IMPORT_FLAGS, args, IMPORT_HELP);
  if (!flags) return 0;
  const out = newFolder(flags.out);
  const folder = await openAdapter(flags.adapter);
  await mustBeForeign(folder.files, flags.adapter);
  const format = await formatOf(folder.files);
  await mustPoolLast(folder.files);
  const baseFiles = await openNamedBase(flags.base ?? (await namedBase(folder.files, format)), flags["base-id"]);
  const test =
    flags.test === undefined
      ? null
      : await readPairs("test", openFile("test", flags.test), {
          chosen: chosenByFlags(flags),
          skipBadLines: flags["skip-bad-lines"],
        });
  prepareOut(out);

  const base = await loadBase(await openCliDevice(flags.backend), baseFiles);
  const reading = readingOf(base.prompts, folder, { task: flags.task, maxTokens: flags["max-tokens"] });
  for (const line of reading.said) console.error(line);
  const read =
    format === "peft"
      ? await readForeignAdapter(folder.files, { id: baseFiles.id, config: base.config }, flags["any-base"])
      : await readMerged(folder.files, base, flags.rank, reading);
  for (const note of read.origin.notes) console.error(note);
  const adapter = LoraAdapter.from(base.session.kernels, base.config, read.adapter);

  const evaluation = test ? await measure(base, adapter, taskOfFile(test), reading) : null;
  const files = await exportArtifact(base, adapter, {
    name: flags.name ?? basename(out),
    runId: randomUUID(),
    createdAt: new Date().toISOString(),
    commit: commitOf(PROJECT_ROOT),
    prompts: reading.prompts,
    instruction: reading.instruction,
    imported: {
      ...read.origin,
      sha256: await weightsHash(folder.files, format),
      maxTokens: reading.maxTokens,
      test:
        test && datasetIdentity(test.fileName, test.rows, { instruction: reading.instruction, corpus: test.corpus }),
    },
    dataset: null,
    split: null,
    hyperparameters: null,
    training: null,
    selfTest: null,
    evaluation,
  });
  const manifest = parseManifest(files.find(({ path }) => path === MANIFEST_PATH)?.bytes ?? new Uint8Array());
  const written = writeOut(out, files);
  console.log(
    flags.json
      ? JSON.stringify({
          out: written,
          fingerprint: manifest.fingerprint,
          base: baseFiles.id,
          format,
          notes: read.origin.notes,
          evaluation: manifest.evaluation,
        })
      : [
          ...(evaluation
            ? metricLines({ baseline: evaluation.baseline.metrics, tuned: evaluation.tuned.metrics })
            : ["Not measured: the promotion gate will ask for a reason. Give --test FILE to measure it."]),
          `Written to ${written}`,
        ].join("\n"),
  );
  return 0;
};

/** @throws UsageError for an artifact of the studio, which needs no import */
const mustBeForeign = async (folder: ModelFiles, path: string): Promise<void> => {
  if ((await folder.size(MANIFEST_PATH)) !== null)
    throw new UsageError(
      "usage",
      `--adapter: ${path} has a ${MANIFEST_PATH}: it is an artifact of the studio already.`,
      "Register it as it is. To import the adapter in it anew, copy its files without the manifest.",
    );
};

/** @throws UsageError when the folder does not say it, or names a model that is not here */
const namedBase = async (folder: ModelFiles, format: Imported["format"]): Promise<string> => {
  const named =
    format === "peft"
      ? ((await readJson(folder, "adapter_config.json")) as { base_model_name_or_path?: unknown })
          .base_model_name_or_path
      : null;
  if (typeof named === "string" && /^[\w][\w.-]*$/.test(named)) return named;
  throw new UsageError(
    "usage",
    `--base is needed: ${typeof named === "string" ? `the adapter names ${named}, which is not here` : "the folder does not name its base"}.`,
    "Give the folder that holds the base's config.json and weights.",
  );
};

const weightsHash = async (folder: ModelFiles, format: Imported["format"]): Promise<string> => {
  const whole = (await folder.size(WEIGHTS_PATH)) !== null;
  const path = format === "peft" ? "adapter_model.safetensors" : whole ? WEIGHTS_PATH : SHARDS_PATH;
  const sha256 = await folder.sha256(path);
  if (sha256 === null)
    throw new StudioError("model-file-missing", `The folder has no ${path}.`, "Give a complete folder.");
  return sha256;
};

const measure = async (
  base: LoadedBase,
  adapter: LoraAdapter,
  task: ReturnType<typeof taskOfFile>,
  { prompts, maxTokens }: Reading,
): Promise<NonNullable<ExportOptions["evaluation"]>> => {
  const baseline = await evaluateModel(base, null, task, { label: "baseline", prompts, maxTokens });
  const tuned = await evaluateModel(base, adapter, task, { label: "tuned", prompts, maxTokens });
  return {
    baseline,
    tuned,
    comparisons: compareAll(baseline, tuned, { task }),
    ...testFacts(task),
  };
};

if (isStarted(import.meta.url))
  importModel(process.argv.slice(2)).then(
    // Dawn keeps the process alive; everything is written by now.
    (code) => process.exit(code),
    (thrown: unknown) => process.exit(report(thrown)),
  );
