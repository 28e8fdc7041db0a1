import { examplesOfRow, fingerprintDataset, withMinedLabels, type MinedLabels } from "../../../domain/dataset/index.ts";
import type { MiningRecord, PairRow } from "../../../domain/dataset/types.ts";
import { StudioError } from "../../../domain/errors.ts";
import {
  buildInstructionTask,
  buildRetrievalTask,
  compareAll,
  evaluateBm25,
  readTrecRun,
  trecQrels,
  trecRun,
  trecTexts,
  withIds,
} from "../../../domain/evaluation/index.ts";
import type { RetrievalTask } from "../../../domain/evaluation/types.ts";
import { importTestFile } from "../../../domain/import/index.ts";
import { at } from "../../../domain/present.ts";
import { aboutRunTexts, packRunTexts, unpackRunTexts, type RunTexts } from "../../../domain/run/texts.ts";
import type { BaseRef } from "../../engine/protocol.ts";
import { handOver, seal } from "../../rpc.ts";
import type { DataService, TaskRef, TaskSize } from "../protocol.ts";
import type { RunTextStorage, StoredDataset } from "../storage.ts";
import type { Keeper } from "./keeper.ts";
import { miningPlan, splitOf } from "./miningCalls.ts";
import { rowsOf } from "./storedDataset.ts";

/** The calls about runs: what they learn from, and the tasks they are judged by. */
export const runCalls = (
  keeper: Keeper,
  storage: RunTextStorage,
): Pick<
  DataService,
  | "prepareRun"
  | "runTexts"
  | "storedRun"
  | "task"
  | "queries"
  | "columns"
  | "documents"
  | "taskFile"
  | "importTest"
  | "externalRun"
  | "rankingFile"
  | "bm25"
  | "compare"
> => {
  const ofDataset = lastOnly<StoredDataset, RunTexts>((dataset) => runTextsOf(dataset));
  const instructionTask = lastOnly<StoredDataset, RetrievalTask>(instructionTaskOf);
  /** Of the run that was asked for last. */
  let stored: { runId: string; texts: Promise<RunTexts> } | null = null;

  const packed = async (runId: string) => {
    const file = await storage.load(runId);
    if (!file) throw textsMissing();
    return file;
  };
  const ofRun = (runId: string): Promise<RunTexts> => {
    if (stored?.runId === runId) return stored.texts;
    const texts = packed(runId).then(unpackRunTexts);
    texts.catch(() => (stored = null));
    stored = { runId, texts };
    return texts;
  };
  const taskOf = async (ref: TaskRef): Promise<RetrievalTask> => {
    if ("dataset" in ref) return instructionTask(await keeper.get(ref.dataset));
    const task = (await ofRun(ref.run))[ref.side];
    if (!task) throw textsMissing();
    return task;
  };
  const testOf = async (runId: string): Promise<RetrievalTask> => (await ofRun(runId)).test;

  return {
    async prepareRun(id, instruction, keep) {
      const dataset = await keeper.get(id);
      const split = splitOf(dataset);
      const texts = ofDataset(dataset);
      const { corpus } = rowsOf(dataset);
      const rows = learntRows(dataset);
      if (keep) await storage.save(keep.runId, packRunTexts(texts, { base: JSON.stringify(keep.base) }));
      return {
        identity: {
          name: dataset.parsed.fileName,
          fingerprint: fingerprintDataset(rows, { instruction: instruction || null, corpus }),
          rows: rows.length,
          ...(dataset.mined && { mining: miningRecord(dataset.mined) }),
          ...(dataset.provenance && { provenance: dataset.provenance }),
        },
        splitHash: split.hash,
        examples: texts.examples.length,
        dev: texts.dev && sizeOf(texts.dev),
        test: sizeOf(texts.test),
      };
    },
    runTexts: async (of) =>
      seal("run" in of ? await packed(of.run) : packRunTexts(ofDataset(await keeper.get(of.dataset)))),
    async storedRun(runId) {
      const file = await storage.load(runId);
      if (!file) return null;
      const { dev } = await ofRun(runId);
      return { base: JSON.parse(aboutRunTexts(file).base ?? "null") as BaseRef, dev: dev && sizeOf(dev) };
    },
    async task(of) {
      const task = await taskOf(of);
      return handOver({ ...sizeOf(task), task: seal(task) });
    },
    queries: async (runId, side = "test") => (await taskOf({ run: runId, side })).queries,
    columns: async (runId) => (await testOf(runId)).columns ?? [],
    documents: async (runId, places) => {
      const { corpus } = await testOf(runId);
      return places.map((place) => at(corpus, place));
    },
    async taskFile(runId, form) {
      const task = await testOf(runId);
      return new Blob([form === "qrels" ? trecQrels(task) : trecTexts(task)[form]]);
    },
    async importTest(id) {
      const dataset = await keeper.get(id);
      const { rows, corpus } = rowsOf(dataset);
      const task = buildRetrievalTask(rows, splitOf(dataset), { side: "test", extraCorpus: corpus });
      if (task.queries.length === 0) throw testEmpty(dataset.parsed.fileName);
      const fingerprint = fingerprintDataset(rows, { instruction: null, corpus });
      return handOver(
        importTestFile({ dataset: { name: dataset.parsed.fileName, fingerprint, rows: rows.length }, task }),
      );
    },
    rankingFile: async (runId, evaluation) => new Blob([trecRun(evaluation, (await testOf(runId)).ids)]),
    async externalRun(runId, { file, name }) {
      if (file.size > RUN_FILE_LIMIT) throw runTooLarge(name);
      return readTrecRun(await file.text(), await testOf(runId), name);
    },
    bm25: async (of) => evaluateBm25(await taskOf(of)),
    compare: async (baseline, tuned) => compareAll(baseline, tuned),
  };
};

/** The rows as they are learnt: with mined negatives and decided suspects. */
const learntRows = (dataset: StoredDataset): readonly PairRow[] => {
  const { rows } = rowsOf(dataset);
  return dataset.mined ? withMinedLabels(rows, miningPlan(dataset), dataset.mined) : rows;
};

/** Mined negatives are learnt from; the tasks stay as they are, so that runs with and without them can be compared. */
const runTextsOf = (dataset: StoredDataset): RunTexts => {
  const split = splitOf(dataset);
  const { rows, corpus: extraCorpus } = rowsOf(dataset);
  const learnt = learntRows(dataset);
  const test = buildRetrievalTask(rows, split, { side: "test", extraCorpus });
  return {
    examples: split.train.flatMap((row) => {
      return examplesOfRow(at(learnt, row));
    }),
    dev: split.dev.length > 0 ? buildRetrievalTask(rows, split, { side: "dev", extraCorpus }) : null,
    // Rankings of the test alone come and go.
    test: withIds(test, rows, dataset.parsed),
  };
};

/** Queries of train and dev, on which a task sentence is tried with the base before training. */
const instructionTaskOf = (dataset: StoredDataset): RetrievalTask => {
  const { rows, corpus: extraCorpus } = rowsOf(dataset);
  return buildInstructionTask(rows, splitOf(dataset), { extraCorpus });
};

const miningRecord = ({ made, negatives, suspects }: MinedLabels): MiningRecord => ({
  numNegatives: made.numNegatives,
  relativeMargin: made.relativeMargin,
  negatives: negatives.reduce((sum, { documents }) => sum + documents.length, 0),
  accepted: suspects.filter(({ verdict }) => verdict === "relevant").length,
  rejected: suspects.filter(({ verdict }) => verdict === "negative").length,
});

const sizeOf = ({ queries, corpus }: RetrievalTask): TaskSize => ({
  queries: queries.length,
  documents: corpus.length,
});

/** Keeps the answer to the last question, as long as it is the same object that is asked about. */
const lastOnly = <K extends object, V>(make: (key: K) => V): ((key: K) => V) => {
  let last: { key: K; value: V } | null = null;
  return (key) => (last?.key === key ? last : (last = { key, value: make(key) })).value;
};

/** A run of 100 documents for each of a million queries is smaller. */
const RUN_FILE_LIMIT = 256 * 2 ** 20;

const runTooLarge = (name: string): StudioError =>
  new StudioError(
    "run-too-large",
    `${name} has more than ${RUN_FILE_LIMIT / 2 ** 20} MiB.`,
    "Keep the first 100 documents of each query: no figure looks further.",
  );

const testEmpty = (name: string): StudioError =>
  new StudioError(
    "test-empty",
    `${name} has no test questions.`,
    "Change its split on the Data screen, or choose another data set.",
  );

const textsMissing = (): StudioError =>
  new StudioError(
    "run-texts-missing",
    "The texts of this run are not stored in this browser any more.",
    "Train again with the data set; the run's figures are kept.",
  );
