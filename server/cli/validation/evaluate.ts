import { execFile } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { promisify } from "node:util";
import { parseManifest, trainedHere } from "../../../src/domain/artifact/index.ts";
import { fingerprintDataset, splitDataset } from "../../../src/domain/dataset/index.ts";
import type { PairRow } from "../../../src/domain/dataset/types.ts";
import { StudioError } from "../../../src/domain/errors.ts";
import type { Comparison, Metrics } from "../../../src/domain/evaluation/types.ts";
import { at } from "../../../src/domain/present.ts";
import { PROJECT_ROOT } from "../../lib/project.ts";
import { parsePairs } from "../pairs.ts";
import type { Evaluation } from "./snapshot.ts";

const SAMPLE = join(PROJECT_ROOT, "public/samples/support.jsonl");
/** Of the split and of the training. */
const SEED = 42;

/** What `npm run evaluate -- --compare --json` prints, as far as it is read here. */
interface Printed {
  backend: string;
  queries: number;
  corpus: number;
  bm25: Metrics;
  comparisons: Comparison[];
}

const execute = promisify(execFile);
/** Runs a command of this folder in a process of its own, its progress shown; resolves to what it printed. */
const command = async (name: "train" | "evaluate", args: string[]): Promise<string> => {
  const options = { cwd: PROJECT_ROOT, maxBuffer: 64 * 1024 * 1024 };
  const running = execute(
    process.execPath,
    ["--import", "./server/lib/typescript.mjs", `server/cli/${name}.ts`, ...args],
    options,
  );
  running.child.stderr?.pipe(process.stderr);
  try {
    return (await running).stdout;
  } catch (error) {
    const { code } = error as { code?: number | string };
    throw new StudioError("validation-failed", `npm run ${name} ended with ${code}.`, "Its own message stands above.");
  }
};

const writeRows = (path: string, rows: readonly PairRow[]): string => {
  writeFileSync(
    path,
    rows.map(({ query, positives, negatives }) => `${JSON.stringify({ query, positives, negatives })}\n`).join(""),
  );
  return path;
};

/** Trains with the default settings on one file and scores base and tuned model on another. */
const trainAndScore = async (
  data: string,
  files: { pairs: string; test: string; dev?: string },
  folder: string,
): Promise<Evaluation> => {
  const out = join(folder, "tuned");
  await command("train", [
    ...["--pairs", files.pairs, "--test", files.test, "--out", out, "--seed", String(SEED)],
    ...(files.dev === undefined ? [] : ["--dev", files.dev]),
  ]);
  const printed = await command("evaluate", [
    "--pairs",
    files.test,
    "--adapter",
    out,
    "--compare",
    "--no-general",
    "--json",
  ]);
  const { backend, queries, corpus, bm25, comparisons } = JSON.parse(printed) as Printed;
  const manifest = trainedHere(parseManifest(readFileSync(join(out, "manifest.json"))));
  const test = await parsePairs(files.test);
  return {
    data,
    hashes: {
      train: manifest.dataset.fingerprint,
      test: fingerprintDataset(test.rows, { corpus: test.corpus }),
    },
    rows: { train: manifest.dataset.rows, test: test.rows.length },
    base: { id: manifest.base.id, sha256: manifest.base.sha256 },
    fingerprint: manifest.fingerprint,
    backend,
    steps: manifest.training.steps,
    seconds: manifest.training.seconds,
    queries,
    corpus,
    bm25,
    comparisons,
  };
};

/** The bundled sample, split as the studio does by default: train and dev for the training, test scored once. */
export const evaluateSample = async (folder: string): Promise<Evaluation> => {
  const { rows } = await parsePairs(SAMPLE);
  const split = splitDataset(rows, { seed: SEED });
  const side = (name: "train" | "dev" | "test") =>
    writeRows(
      join(folder, `${name}.jsonl`),
      split[name].map((index) => at(rows, index)),
    );
  const files = { pairs: side("train"), dev: side("dev"), test: side("test") };
  return trainAndScore("Bundled sample", files, folder);
};

/** Files of the person's own. */
export const evaluateFiles = (pairs: string, test: string, folder: string): Promise<Evaluation> =>
  trainAndScore(`${basename(pairs)}, scored on ${basename(test)}`, { pairs, test }, folder);
