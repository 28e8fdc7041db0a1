/** `npm run train`: the studio's engine without the studio. Writes the same artifact folder. */
import { randomUUID } from "node:crypto";
import { appendFileSync, mkdirSync, writeFileSync } from "node:fs";
import { basename, dirname, resolve } from "node:path";
import { measuredOnNote } from "../../src/domain/dataset/origin.ts";
import { datasetIdentity, diagnose, type BeirSet } from "../../src/domain/dataset/index.ts";
import type { ParsedDataset } from "../../src/domain/dataset/types.ts";
import { compareAll } from "../../src/domain/evaluation/index.ts";
import type { RetrievalTask } from "../../src/domain/evaluation/types.ts";
import { PRESETS } from "../../src/domain/training/preset/presets.ts";
import type { StepReport } from "../../src/domain/training/types.ts";
import {
  exportArtifact,
  loadBase,
  rehearseExport,
  RunControl,
  runTraining,
  trainingOf,
  type ExportOptions,
  type RunResult,
} from "../../src/engine/index.ts";
import { testFacts, withRetention } from "../../src/domain/artifact/index.ts";
import { PROJECT_ROOT } from "../lib/project.ts";
import { commitOf } from "../setup/commit.mjs";
import { openAdapter, readingOf } from "./adapterFolder.ts";
import { logLine } from "./stepLog.ts";
import { openNamedBase } from "./baseIdentity.ts";
import { accepted, readBeir } from "./beirSet.ts";
import { chosenByFlags } from "./columnFlags.ts";
import { isStarted } from "./command.ts";
import { openCliDevice } from "./device.ts";
import { comparisonLines, metricLines } from "./metricTable.ts";
import { openFile } from "./nodeModelFiles.ts";
import { checkOut, checkSpace, prepareOut, writeOut } from "./outFolder.ts";
import { examplesOf, readPairs } from "./pairs.ts";
import { planFor, wordsOf } from "./planFor.ts";
import { report, UsageError } from "./problems.ts";
import { provenanceBeside } from "./questions/provenanceFile.ts";
import { progress } from "./progress.ts";
import { retentionLines, tryRetention } from "./retention.ts";
import { readShares, sidesOf, warnOfLeak } from "./sides.ts";
import { stopOnInterrupt } from "./stopOnInterrupt.ts";
import { hyperparametersOf, readTrainFlags } from "./trainFlags.ts";

/** One line a step. @throws UsageError when the file cannot be written */
const openLog = (path: string | undefined): ((step: StepReport) => void) => {
  if (path === undefined) return () => undefined;
  const file = resolve(path);
  try {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, "");
  } catch (error) {
    throw new UsageError("usage", `--log: ${path} cannot be written (${(error as Error).message}).`, "Check the path.");
  }
  return (report) => appendFileSync(file, `${JSON.stringify(logLine(report))}\n`);
};

export const train = async (args: string[]): Promise<number> => {
  const flags = readTrainFlags(args);
  if (!flags) return 0;
  const out = checkOut(flags.out, flags);
  const baseFiles = await openNamedBase(flags.base, flags["base-id"]);
  const chosen = chosenByFlags(flags);
  const shares = readShares(flags.split);
  const read = (flag: string, path: string, lenient: boolean) =>
    readPairs(flag, openFile(flag, path), { chosen, lenient, skipBadLines: flags["skip-bad-lines"] });
  const set = flags.beir === undefined ? null : await readBeir("beir", flags.beir);
  const ofSet = (part: ParsedDataset | null | undefined) =>
    part ? accepted("beir", part, flags["skip-bad-lines"]) : null;
  const pairs = flags.pairs === undefined ? ofSet(set?.train) : await read("pairs", flags.pairs, false);
  if (!pairs) throw nothingToTrainOn(set);
  const test = flags.test === undefined ? ofSet(set?.test) : await read("test", flags.test, true);
  const dev = flags.dev === undefined ? ofSet(set?.dev) : await read("dev", flags.dev, true);
  if (test) warnOfLeak(pairs, test, "test");
  if (dev) warnOfLeak(pairs, dev, "dev");
  if (dev && test) warnOfLeak(dev, test, "test");
  const folder = flags.adapter === undefined ? null : await openAdapter(flags.adapter);
  prepareOut(out);
  const log = openLog(flags.log);
  const sides = sidesOf(pairs, { dev, test }, shares);
  for (const line of sides.said) console.error(line);
  const examples = examplesOf(sides.train);
  const task = sides.test;

  const base = await loadBase(await openCliDevice(flags.backend), baseFiles);
  const startFrom = folder && (await folder.read(base.config));
  const { prompts, instruction, maxTokens, said } = readingOf(base.prompts, folder, {
    task: flags.task,
    maxTokens: flags["max-tokens"] ?? (folder ? undefined : PRESETS[flags.preset].maxTokens),
  });
  for (const line of said) console.error(line);
  const plan = planFor(flags.preset, base, sides, diagnose(pairs, { test: test?.rows }));
  const hyperparameters = hyperparametersOf(flags, plan.values, maxTokens, startFrom);
  for (const line of wordsOf(flags.preset, plan, hyperparameters)) console.error(line);
  const record = {
    name: basename(out),
    runId: randomUUID(),
    createdAt: new Date().toISOString(),
    prompts,
    instruction,
    dataset: {
      ...datasetIdentity(pairs.fileName, pairs.rows, { instruction, corpus: pairs.corpus }),
      ...(flags.pairs === undefined ? {} : provenanceBeside(openFile("pairs", flags.pairs), pairs.rows)),
    },
    split: {
      hash: task?.splitHash ?? "",
      ...sides.rows,
    },
    hyperparameters,
    commit: commitOf(PROJECT_ROOT),
  };
  checkSpace(out, await rehearseExport(base, startFrom, record));
  const control = new RunControl();
  const trainAndWrite = async (stop: AbortSignal) => {
    stop.addEventListener("abort", () => control.stop());
    const result = await runTraining(
      base,
      {
        examples,
        dev: sides.dev,
        test: task,
        hyperparameters,
        instruction,
        prompts,
        resumeFrom: null,
        startFrom,
      },
      control,
      progress(log),
    );

    const evaluation = evaluationOf(result, task);
    const files = await exportArtifact(base, result.adapter, {
      ...record,
      training: trainingOf(result),
      selfTest: result.selfTest,
      evaluation,
    });
    return { result, evaluation, files, written: writeOut(out, files) };
  };
  // First what the training was for; the folder is whole without what follows.
  const { result, evaluation, files, written } = await stopOnInterrupt(
    trainAndWrite,
    "Stopping after this step; press again to give up.",
  );
  console.log(summary(result, evaluation, written));
  const scores = flags["no-general"] ? null : await tryRetention(base, result.adapter, prompts);
  if (scores) {
    writeOut(written, withRetention(files, scores));
    console.log(retentionLines(scores).join("\n"));
  }
  return 0;
};

const nothingToTrainOn = (set: BeirSet | null): UsageError =>
  set
    ? new UsageError(
        "usage",
        "--beir: the set has no judgements for training, only a test.",
        "Add qrels/train.tsv to it, or give training pairs with --pairs FILE: the set is then the test.",
      )
    : new UsageError("usage", "--pairs is missing; it takes a file of pairs.", "See npm run train -- --help.");

/** The scores with their components, as the artifact records them. */
const evaluationOf = ({ baseline, tuned }: RunResult, task: RetrievalTask | null): ExportOptions["evaluation"] =>
  baseline && tuned && task
    ? {
        baseline,
        tuned,
        comparisons: compareAll(baseline, tuned),
        ...testFacts(task),
      }
    : null;

const summary = (result: RunResult, evaluation: ExportOptions["evaluation"], out: string): string =>
  [
    `${result.stepsDone} steps in ${result.seconds.toFixed(1)} s${result.finished ? "" : " (stopped by hand)"}${result.bestStep < result.stepsDone ? `; the weights of step ${result.bestStep} are kept` : ""}`,
    ...(evaluation
      ? [
          ...metricLines({ baseline: evaluation.baseline.metrics, tuned: evaluation.tuned.metrics }),
          "",
          ...comparisonLines(evaluation.comparisons),
          ...(measuredOnNote(evaluation.tuned.measuredOn)?.split("\n") ?? []),
        ]
      : ["Neither --test nor --split gave a test, so nothing was scored."]),
    `Written to ${out}`,
  ].join("\n");

if (isStarted(import.meta.url))
  train(process.argv.slice(2)).then(
    // Dawn keeps the process alive; everything is written by now.
    (code) => process.exit(code),
    (thrown: unknown) => process.exit(report(thrown)),
  );
