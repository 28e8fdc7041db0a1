import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import {
  compareAll,
  headlineOf,
  readTrecRun,
  trecQrels,
  trecRun,
  trecTexts,
  verdictSentence,
} from "../../src/domain/evaluation/index.ts";
import type { Comparison, RetrievalEvaluation, RetrievalTask } from "../../src/domain/evaluation/types.ts";
import { kinds } from "./flags.ts";
import { openFile } from "./nodeModelFiles.ts";
import { newFolder } from "./outFolder.ts";

/** Rankings in and out of a scoring. */
export const TREC_FLAGS = {
  run: {
    schema: kinds.texts,
    value: "FILE",
    many: true,
    help: "another system's TREC run by the set's own ids or those of --trec, beside the model; may be given several times",
  },
  trec: {
    schema: kinds.text,
    value: "DIR",
    help: "new folder for queries, documents, qrels and every ranking, for trec_eval or another system",
  },
};

/** Another system's figures beside those of the models. */
export interface ComparedRun {
  evaluation: RetrievalEvaluation;
  /** The run against the base and, where one was given, against the base with its adapter. */
  against: { label: string; comparisons: Comparison[] }[];
}

/**
 * Reads run files and says on stderr what is odd about them. Runs of one name are numbered.
 *
 * @throws StudioError those of `readTrecRun`
 */
export const readRuns = (paths: readonly string[], task: RetrievalTask): RetrievalEvaluation[] => {
  const names = new Set(["bm25", "baseline", "tuned", "bm25+base", "bm25+tuned", "rr+base", "rr+tuned"]);
  return paths.map((path) => {
    const file = openFile("run", path);
    const { evaluation, notes } = readTrecRun(readFileSync(file, "utf8"), task, basename(file));
    for (const note of notes) console.error(`${basename(file)}: ${note}`);
    let label = evaluation.label;
    for (let i = 2; names.has(label); i++) label = `${evaluation.label} (${i})`;
    names.add(label);
    return { ...evaluation, label };
  });
};

/** Each run against each model. */
export const compareRuns = (
  runs: readonly RetrievalEvaluation[],
  models: readonly (RetrievalEvaluation | null)[],
  task: RetrievalTask,
): ComparedRun[] =>
  runs.map((evaluation) => ({
    evaluation,
    against: models.flatMap((model) =>
      model ? [{ label: model.label, comparisons: compareAll(model, evaluation, { task }) }] : [],
    ),
  }));

/** The verdict on each run against each model. */
export const runLines = (runs: readonly ComparedRun[]): string[] =>
  runs.flatMap(({ evaluation, against }) =>
    against.flatMap(({ label, comparisons }) => {
      const headline = headlineOf(comparisons);
      return headline ? [verdictSentence(headline, { model: evaluation.label, reference: label })] : [];
    }),
  );

/** Writes texts, judgements and rankings by the ids that `--run` reads. @throws UsageError when the folder is not new */
export const writeTrec = (given: string, task: RetrievalTask, evaluations: readonly RetrievalEvaluation[]): string => {
  const folder = newFolder(given, "trec");
  mkdirSync(folder, { recursive: true });
  const { queries, corpus } = trecTexts(task);
  const write = (name: string, text: string): void => writeFileSync(join(folder, name), text);
  write("queries.jsonl", queries);
  write("corpus.jsonl", corpus);
  write("qrels.trec", trecQrels(task));
  for (const evaluation of evaluations)
    write(`${evaluation.label.replace(/\W+/g, "-")}.run.trec`, trecRun(evaluation, task.ids));
  return folder;
};
