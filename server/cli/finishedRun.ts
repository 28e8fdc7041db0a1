/**
 * Writes the finished run that ships with the studio (public/samples/finished) from an artifact that `npm run train` made of the sample:
 * its results query by query, its texts and its record, scored again with the engine; the figures must be those of the manifest.
 *
 * node server/setup/cli.mjs finishedRun --adapter DIR --pairs public/samples/support.jsonl --log log.jsonl --out public/samples/finished
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { jsonBytes, parseManifest, trainedHere } from "../../src/domain/artifact/index.ts";
import { StudioError } from "../../src/domain/errors.ts";
import { compareAll, evaluateBm25 } from "../../src/domain/evaluation/index.ts";
import type { RetrievalTask } from "../../src/domain/evaluation/types.ts";
import { present } from "../../src/domain/present.ts";
import { openingOf } from "../../src/domain/run/opening.ts";
import { devSummary, summaryOf } from "../../src/domain/run/series.ts";
import { packRunTexts } from "../../src/domain/run/texts.ts";
import type { RunRecord } from "../../src/domain/run/types.ts";
import type { DevScore } from "../../src/domain/training/types.ts";
import { evaluateModel, loadBase, LoraAdapter } from "../../src/engine/index.ts";
import { openAdapter, readingOf } from "./adapterFolder.ts";
import { isStarted } from "./command.ts";
import { openCliDevice } from "./device.ts";
import { kinds, readFlags } from "./flags.ts";
import { openBase, openFile } from "./nodeModelFiles.ts";
import { examplesOf, readPairs } from "./pairs.ts";
import { chosenByFlags } from "./columnFlags.ts";
import { report } from "./problems.ts";
import { readShares, sidesOf } from "./sides.ts";
import { readStepLog } from "./stepLog.ts";

const FLAGS = {
  adapter: {
    schema: kinds.required("an artifact folder"),
    required: true,
    value: "DIR",
    help: "what npm run train wrote",
  },
  pairs: { schema: kinds.required("a file of pairs"), required: true, value: "FILE", help: "what it was trained on" },
  log: { schema: kinds.required("a log"), required: true, value: "FILE", help: "what --log of that training wrote" },
  out: { schema: kinds.required("a folder"), required: true, value: "DIR", help: "where the run goes" },
  backend: { schema: kinds.backend, value: "NAME", help: "webgpu, wasm or cpu (default: the first that works)" },
};
const HELP = {
  about: "Makes the finished run that ships with the studio from a trained artifact.",
  examples: [
    "node server/setup/cli.mjs finishedRun --adapter tuned --pairs public/samples/support.jsonl --log log.jsonl --out public/samples/finished",
  ],
};

/** Scores as they are shown, in half the bytes. */
const sixDigits = (_: string, value: unknown): unknown =>
  typeof value === "number" && !Number.isInteger(value) ? Number(value.toPrecision(6)) : value;

/** The run's id in every browser. */
const ID = "finished-sample";

export const finishedRun = async (args: string[]): Promise<number> => {
  const flags = readFlags("finishedRun", FLAGS, args, HELP);
  if (!flags) return 0;
  const manifest = trainedHere(parseManifest(new Uint8Array(readFileSync(join(flags.adapter, "manifest.json")))));
  const pairs = await readPairs("pairs", openFile("pairs", flags.pairs), {
    chosen: chosenByFlags({}),
    skipBadLines: false,
  });
  const sides = sidesOf(pairs, { dev: null, test: null }, readShares("auto"));
  const [dev, test] = [present(sides.dev, "dev side"), present(sides.test, "test side")];
  if (test.splitHash !== manifest.split.hash)
    throw new StudioError(
      "dataset-other",
      "The artifact was trained on another split of these pairs.",
      "Give the pairs it was trained on.",
    );

  const base = await loadBase(await openCliDevice(flags.backend), openBase(manifest.base.id));
  const folder = await openAdapter(flags.adapter);
  const adapter = LoraAdapter.from(base.session.kernels, base.config, await folder.read(base.config));
  const { prompts, maxTokens } = readingOf(base.prompts, folder, { task: undefined, maxTokens: undefined });
  const score = (view: LoraAdapter | null, task: RetrievalTask) =>
    evaluateModel(base, view, task, { label: view ? "tuned" : "baseline", prompts, maxTokens });
  const results = { baseline: await score(null, test), tuned: await score(adapter, test), bm25: evaluateBm25(test) };
  if (JSON.stringify(results.tuned.metrics) !== JSON.stringify(manifest.evaluation?.tuned))
    throw new StudioError(
      "adapter-differs",
      "The artifact scores otherwise than its manifest says.",
      "Train it again.",
    );
  const steps = readStepLog(readFileSync(openFile("log", flags.log), "utf8"));
  // Of the dev curve only the two scores that can be computed again.
  const scores: DevScore[] = [
    { step: 0, metrics: (await score(null, dev)).metrics, best: false },
    { step: manifest.training.bestStep, metrics: (await score(adapter, dev)).metrics, best: true },
  ];

  const bundle = ["manifest.json", ...manifest.files.map(({ path }) => path)].map((path) => ({
    path,
    bytes: new Uint8Array(readFileSync(join(flags.adapter, path))),
  }));
  const record: RunRecord = {
    id: ID,
    name: "Finished run on the sample",
    createdAt: manifest.createdAt,
    status: "finished",
    problem: null,
    base: { ...manifest.base, dim: manifest.dimension },
    dataset: manifest.dataset,
    splitHash: manifest.split.hash,
    hyperparameters: manifest.hyperparameters,
    instruction: "",
    device: base.session.device,
    selfTest: null,
    lastStep: steps.at(-1) ?? null,
    dev: devSummary(scores),
    test: { queries: test.queries.length, documents: test.corpus.length },
    baseline: summaryOf(results.baseline),
    tuned: summaryOf(results.tuned),
    bm25: summaryOf(results.bm25),
    comparisons: compareAll(results.baseline, results.tuned, { task: test }),
    artifact: {
      fingerprint: manifest.fingerprint,
      bytes: bundle.reduce((sum, { bytes }) => sum + bytes.length, 0),
      files: bundle.length,
    },
    registryVersion: null,
    ...(manifest.retention && { retention: manifest.retention }),
  };
  const shipped = { record, results, series: { steps, dev: scores }, artifact: bundle.map(({ path }) => path) };
  const texts = packRunTexts(
    { examples: examplesOf(sides.train), dev, test },
    { base: JSON.stringify({ source: "bundled", name: basename(manifest.base.id) }) },
  );
  const write = (path: string, content: string | Uint8Array): void => {
    const file = join(flags.out, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content);
  };
  for (const { path, bytes } of bundle) write(`artifact/${path}`, bytes);
  write("texts.safetensors", texts);
  const opening = openingOf({ dataset: manifest.dataset.name, base: manifest.base.id }, test, results);
  if (opening) write("opening.json", jsonBytes(opening));
  write("run.json", `${JSON.stringify(shipped, sixDigits)}\n`);
  console.log(`${bundle.length + 2} files in ${flags.out}`);
  return 0;
};

if (isStarted(import.meta.url))
  finishedRun(process.argv.slice(2)).then(
    (code) => process.exit(code),
    (thrown: unknown) => process.exit(report(thrown)),
  );
