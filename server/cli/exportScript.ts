import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { z } from "zod";
import { MANIFEST_PATH, parseManifest, trainedHere, type TrainedManifest } from "../../src/domain/artifact/index.ts";
import { datasetIdentity } from "../../src/domain/dataset/index.ts";
import type { ParsedDataset } from "../../src/domain/dataset/types.ts";
import { readModelConfig } from "../../src/domain/modelConfig.ts";
import { mustBeExpressible, scriptFiles } from "../../src/domain/script/index.ts";
import { loadTokenizer } from "../../src/domain/text/tokenizer.ts";
import { planRun } from "../../src/engine/index.ts";
import { BAD_LINES_FLAG, chosenByFlags, COLUMN_FLAGS } from "./columnFlags.ts";
import { kinds, readFlags, type Help } from "./flags.ts";
import { nodeModelFiles, openBase, openFile, openFolder } from "./nodeModelFiles.ts";
import { newFolder } from "./outFolder.ts";
import { examplesOf, readPairs } from "./pairs.ts";
import { UsageError } from "./problems.ts";
import { readShares, sidesOf, type Sides } from "./sides.ts";

const PROGRAM = new URL("../../src/domain/script/train.py", import.meta.url);

const FLAGS = {
  artifact: { schema: kinds.required("a folder"), required: true, value: "DIR", help: "the artifact of the run" },
  form: { schema: kinds.text, value: "script", help: "this form" },
  pairs: { schema: kinds.required("a file of pairs"), required: true, value: "FILE", help: "what it was trained on" },
  dev: { schema: kinds.text, value: "FILE", help: "as it was given to the training" },
  test: { schema: kinds.text, value: "FILE", help: "as it was given to the training" },
  split: { schema: z.string().default("auto"), value: "SPEC", help: "as it was given to the training (auto)" },
  ...BAD_LINES_FLAG,
  ...COLUMN_FLAGS,
  base: { schema: kinds.text, value: "NAME|DIR", help: "the base (default: the bundled one that the manifest names)" },
  out: { schema: kinds.required("a folder"), required: true, value: "DIR", help: "new folder for script and data" },
  json: { schema: kinds.switch, help: "one JSON object on stdout" },
};

const HELP: Help = {
  about:
    "Writes a run as a folder for `accelerate launch train.py`: script, rows in their order, settings, initial adapter.",
  examples: ["npm run export -- --artifact tuned/ --form script --pairs pairs.jsonl --out script/"],
};

/** Whether a command line of `npm run export` asks for the script. */
export const wantsScript = (args: readonly string[]): boolean =>
  args.some((arg, i) => arg === "--form=script" || (arg === "--form" && args[i + 1] === "script"));

/** Exit codes: 0 written, 2 what the person can mend, 1 everything else. */
export const exportScript = async (args: string[]): Promise<number> => {
  const flags = readFlags("export", FLAGS, args, HELP);
  if (!flags) return 0;
  const folder = newFolder(flags.out);
  const artifact = nodeModelFiles(openFolder("artifact", flags.artifact));
  const manifest = trainedHere(parseManifest(await artifact.read(MANIFEST_PATH)));
  mustBeExpressible({ ...manifest, isScaled: manifest.scaled !== undefined });
  const chosen = chosenByFlags(flags);
  const read = (flag: string, path: string, lenient: boolean) =>
    readPairs(flag, openFile(flag, path), { chosen, lenient, skipBadLines: flags["skip-bad-lines"] });
  const pairs = await read("pairs", flags.pairs, false);
  const sides = sidesOf(
    pairs,
    {
      dev: flags.dev === undefined ? null : await read("dev", flags.dev, true),
      test: flags.test === undefined ? null : await read("test", flags.test, true),
    },
    readShares(flags.split),
  );
  mustBeTheRuns(pairs, sides, manifest);
  const base = openBase(flags.base ?? manifest.base.id);
  const config = await readModelConfig(base);
  const examples = examplesOf(sides.train);
  const tokenizer = await loadTokenizer(base);
  const plan = await planRun({ config, tokenizer }, examples, manifest.prompt, manifest.hyperparameters);
  const files = scriptFiles({
    program: readFileSync(PROGRAM, "utf8"),
    manifest,
    config,
    examples,
    plan,
    dev: sides.dev,
    test: sides.test,
  });
  for (const [path, bytes] of files) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), bytes);
  }
  console.log(
    flags.json
      ? JSON.stringify({ form: "script", out: folder, steps: plan.steps.length, rows: examples.length })
      : `${folder}\n${plan.steps.length} steps on ${examples.length} rows; README.md there tells how to run it. The folder holds the texts of the data.`,
  );
  return 0;
};

/** @throws UsageError when these are not the data of the run */
const mustBeTheRuns = (pairs: ParsedDataset, sides: Sides, { dataset, split, prompt }: TrainedManifest): void => {
  const { fingerprint } = datasetIdentity(pairs.fileName, pairs.rows, {
    instruction: prompt.instruction,
    corpus: pairs.corpus,
  });
  if (fingerprint !== dataset.fingerprint)
    throw new UsageError(
      "usage",
      `--pairs: these are not the pairs of the run (fingerprint ${fingerprint.slice(0, 12)}, the manifest has ${dataset.fingerprint.slice(0, 12)}).`,
      "Give the file that it was trained on, with the same column flags. Rows that the page left out or mined must be in it as they were.",
    );
  const rows = `${sides.rows.train}, ${sides.rows.dev} and ${sides.rows.test}`;
  if ((sides.test?.splitHash ?? "") !== split.hash || sides.rows.train !== split.train || sides.rows.dev !== split.dev)
    throw new UsageError(
      "usage",
      `The pairs are split into ${rows} rows for training, dev and test; the run had ${split.train}, ${split.dev} and ${split.test}, or others.`,
      "Give --split, --dev and --test as they were given to the training.",
    );
};
