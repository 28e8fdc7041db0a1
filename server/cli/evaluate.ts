/** `npm run evaluate`: recall and its kin of a base, or of a base with an adapter, on a file of pairs. */
import { z } from "zod";
import type { BeirSplit } from "../../src/domain/dataset/index.ts";
import { measuredOnNote } from "../../src/domain/dataset/origin.ts";
import type { ParsedDataset } from "../../src/domain/dataset/types.ts";
import {
  ceilingNote,
  compareAll,
  evaluateBm25,
  GRADED_NOTE,
  ownIntervals,
  taskOfFile,
} from "../../src/domain/evaluation/index.ts";
import { retentionOf } from "../../src/domain/retention/index.ts";
import { at } from "../../src/domain/present.ts";
import { DEFAULT_BASE } from "../../src/domain/bases.ts";
import { DEFAULT_HYPERPARAMETERS as DEFAULTS } from "../../src/domain/training/types.ts";
import { type EmbeddedTask, evaluateModel, loadBase, LoraAdapter, weighBytes } from "../../src/engine/index.ts";
import { openAdapter, readingOf } from "./adapterFolder.ts";
import { openBaseFor } from "./adapterBase.ts";
import { BEIR_VALUE, readScoredBeir } from "./beirSet.ts";
import { BAD_LINES_FLAG, chosenByFlags, COLUMN_FLAGS, type ColumnFlags } from "./columnFlags.ts";
import { isStarted } from "./command.ts";
import { openCliDevice } from "./device.ts";
import { kinds, readFlags } from "./flags.ts";
import { byteLines } from "./byteLines.ts";
import { comparisonLines, intervalLines, metricLines, sliceLines, slices } from "./metricTable.ts";
import { BASE_FLAG, openFile } from "./nodeModelFiles.ts";
import { readPairs } from "./pairs.ts";
import { comparePipeline, hybridLines, hybridOf } from "./pipelineLines.ts";
import { report, UsageError } from "./problems.ts";
import { RERANK_FLAGS, rerankerByFlags } from "./rerankFlags.ts";
import { rerankLines, rerankPipeline } from "./rerankPipeline.ts";
import { NO_GENERAL_FLAG, retentionLines, tryRetention } from "./retention.ts";
import { seenNote, trainedOn } from "./seenRows.ts";
import { compareRuns, readRuns, runLines, TREC_FLAGS, writeTrec } from "./trecRuns.ts";

const FLAGS = {
  pairs: {
    schema: kinds.text,
    value: "FILE",
    help: "queries and their documents; the corpus is all documents of the file",
  },
  beir: {
    schema: kinds.text,
    value: BEIR_VALUE,
    help: "in place of --pairs: a folder or .zip with queries.jsonl, corpus.jsonl and qrels/test.tsv",
  },
  qrels: {
    schema: z.enum(["train", "dev", "test"], "takes train, dev or test").optional(),
    value: "SPLIT",
    help: "with --beir: the split whose judgements count (test, or the only one there is)",
  },
  ...BAD_LINES_FLAG,
  ...COLUMN_FLAGS,
  base: {
    ...BASE_FLAG,
    schema: kinds.text,
    help: `${BASE_FLAG.help} (default: the one that --adapter was trained on, else ${DEFAULT_BASE.id})`,
  },
  adapter: { schema: kinds.text, value: "DIR", help: "PEFT folder whose adapter is applied" },
  task: {
    schema: kinds.text,
    value: "TEXT",
    help: "task sentence of the query prompt (default: the prompt of --adapter, else the base's own)",
  },
  "max-tokens": {
    schema: kinds.whole(2, 32768).optional(),
    value: "N",
    help: `longest text in tokens (that of --adapter, else ${DEFAULTS.maxTokens})`,
  },
  compare: { schema: kinds.switch, help: "with --adapter: the base and BM25 beside it, intervals and verdict" },
  pipeline: {
    schema: kinds.switch,
    help: "with --adapter: as --compare, and hybrid search (BM25 and model mixed) with base and tuned",
  },
  "no-general": { schema: kinds.switch, help: `with --compare or --pipeline: ${NO_GENERAL_FLAG}` },
  ...TREC_FLAGS,
  bytes: {
    schema: kinds.switch,
    help: "recall@10 of smaller embeddings too: float32, float16, int8 and binary at four dimensions, of the same pass",
  },
  ...RERANK_FLAGS,
  rerank: { ...RERANK_FLAGS.rerank, help: `with --pipeline: ${RERANK_FLAGS.rerank.help}` },
  json: { schema: kinds.switch, help: "one JSON object on stdout" },
  backend: { schema: kinds.backend, value: "NAME", help: "webgpu, wasm or cpu (default: the first that works)" },
};

const HELP = {
  about:
    "Scores a base, or a base with an adapter, on questions and their documents. One of --pairs and --beir is required.",
  examples: [
    "npm run evaluate -- --pairs test.jsonl",
    "npm run evaluate -- --pairs test.jsonl --adapter tuned/ --compare",
    "npm run evaluate -- --pairs test.jsonl --adapter tuned/ --pipeline",
    "npm run evaluate -- --pairs test.jsonl --adapter tuned/ --bytes",
    "npm run evaluate -- --beir scifact/ --json",
    "npm run evaluate -- --pairs test.jsonl --trec ours/ --run theirs.run",
  ],
};

/** @throws UsageError unless exactly one of --pairs and --beir is given */
const readScored = async ({
  pairs,
  beir,
  qrels: split,
  "skip-bad-lines": skipBadLines,
  ...flags
}: {
  pairs?: string;
  beir?: string;
  qrels?: BeirSplit;
  "skip-bad-lines": boolean;
} & ColumnFlags): Promise<ParsedDataset> => {
  if (pairs !== undefined && beir === undefined)
    return readPairs("pairs", openFile("pairs", pairs), { chosen: chosenByFlags(flags), skipBadLines });
  if (beir !== undefined && pairs === undefined) return readScoredBeir("beir", beir, { split, skipBadLines });
  throw new UsageError(
    "usage",
    "--pairs FILE or --beir DIR is needed, one of the two.",
    "See npm run evaluate -- --help.",
  );
};

export const evaluate = async (args: string[]): Promise<number> => {
  const flags = readFlags("evaluate", FLAGS, args, HELP);
  if (!flags) return 0;
  const folder = flags.adapter === undefined ? null : await openAdapter(flags.adapter);
  const files = await openBaseFor(folder?.files ?? null, flags.base);
  const scored = await readScored(flags);
  const task = taskOfFile(scored);
  const others = readRuns(flags.run ?? [], task);
  const compared = flags.compare || flags.pipeline;
  if (compared && flags.adapter === undefined)
    throw new UsageError(
      "usage",
      `${flags.pipeline ? "--pipeline" : "--compare"} needs an adapter to compare.`,
      "Give --adapter DIR.",
    );
  if (flags.rerank !== undefined && !flags.pipeline)
    throw new UsageError("usage", "--rerank needs hybrid search to rerank.", "Give --pipeline and --adapter DIR.");
  const reranker = flags.rerank === undefined ? null : rerankerByFlags(flags.rerank, flags);
  const trained = folder && (await trainedOn(folder.files));
  const seen = trained && seenNote(trained, scored);

  const base = await loadBase(await openCliDevice(flags.backend), files);
  const adapter = folder && LoraAdapter.from(base.session.kernels, base.config, await folder.read(base.config));
  const { prompts, maxTokens, said } = readingOf(base.prompts, folder, {
    task: flags.task,
    maxTokens: flags["max-tokens"],
  });
  for (const line of said) console.error(line);
  const label = adapter ? "tuned" : "baseline";
  const score = (view: LoraAdapter | null, name: string, onEmbedded?: (embedded: EmbeddedTask) => void) =>
    evaluateModel(base, view, task, { label: name, prompts, maxTokens, onEmbedded });
  const kept: EmbeddedTask[] = [];
  const result = await score(adapter, label, (embedded) => kept.push(embedded));
  const curve = flags.bytes ? await weighBytes(base.session, at(kept, 0), task) : null;
  const baseline = compared ? await score(null, "baseline") : null;
  const lexical = compared ? evaluateBm25(task) : null;
  const comparisons = baseline ? compareAll(baseline, result, { task }) : [];
  const sliced = baseline ? slices(task, baseline, result) : [];
  const hybrids = flags.pipeline && baseline && lexical ? hybridOf(task, lexical, baseline, result) : null;
  const pipeline = hybrids && lexical ? comparePipeline(task, lexical, result, hybrids) : null;
  const reranked = reranker && hybrids ? await rerankPipeline(task, hybrids, reranker) : null;
  const general = compared && adapter && !flags["no-general"] ? await tryRetention(base, adapter, prompts) : null;
  const runs = compareRuns(others, [baseline, result], task);
  /** Every line by the name that tables give it. */
  const lines = {
    ...(lexical && { bm25: lexical }),
    ...(baseline && { baseline }),
    [label]: result,
    ...(hybrids && { "bm25+base": hybrids[0], "bm25+tuned": hybrids[1] }),
    ...(reranked && { "rr+base": reranked.lines[0], "rr+tuned": reranked.lines[1] }),
    ...Object.fromEntries(others.map((run) => [run.label, run])),
  };
  const ranked = Object.values(lines).filter(({ external }) => !external);
  if (flags.trec !== undefined)
    console.error(`Texts, judgements and rankings by TREC id: ${writeTrec(flags.trec, task, ranked)}`);
  const { metrics, queries, corpus, seconds } = result;
  const graded = task.queries.some(({ grades }) => grades);
  if (flags.json)
    console.log(
      JSON.stringify({
        base: files.id,
        adapter: flags.adapter ?? null,
        prompt: prompts.query,
        maxTokens,
        backend: base.session.device.backend,
        queries,
        corpus,
        measuredOn: result.measuredOn ?? "real questions",
        ndcgGain: graded ? "the grade (linear, as trec_eval)" : "1",
        ...(seen && { caution: seen }),
        seconds,
        metrics,
        intervals: Object.fromEntries(Object.entries(lines).map(([name, line]) => [name, ownIntervals(line)])),
        ...(baseline && lexical && { baseline: baseline.metrics, bm25: lexical.metrics, comparisons, slices: sliced }),
        ...(pipeline && { hybrid: pipeline }),
        ...(curve && { bytes: curve }),
        ...(reranked && { reranked: reranked.report }),
        ...(general && { retention: retentionOf(general) }),
        ...(runs.length > 0 && {
          runs: runs.map(({ evaluation, against }) => ({
            label: evaluation.label,
            metrics: evaluation.metrics,
            against,
          })),
        }),
      }),
    );
  else
    console.log(
      [
        `${queries} queries against ${corpus} documents in ${seconds.toFixed(1)} s`,
        ...metricLines(Object.fromEntries(Object.entries(lines).map(([name, line]) => [name, line.metrics]))),
        "",
        ...intervalLines(lines),
        ...(comparisons.length > 0 ? ["", ...comparisonLines(comparisons)] : []),
        ...(pipeline ? ["", ...hybridLines(pipeline)] : []),
        ...(reranked ? ["", ...rerankLines(reranked.report)] : []),
        ...(runs.length > 0 ? ["", ...runLines(runs)] : []),
        ...(sliced.length > 0 ? ["", ...sliceLines(sliced)] : []),
        ...(curve ? ["", ...byteLines(curve)] : []),
        ...(general ? ["", ...retentionLines(general)] : []),
        ...[seen, graded ? GRADED_NOTE : null, measuredOnNote(result.measuredOn), ceilingNote(corpus)].flatMap(
          (note) => note?.split("\n") ?? [],
        ),
      ].join("\n"),
    );
  return 0;
};

if (isStarted(import.meta.url))
  evaluate(process.argv.slice(2)).then(
    // Dawn keeps the process alive; everything is written by now.
    (code) => process.exit(code),
    (thrown: unknown) => process.exit(report(thrown)),
  );
