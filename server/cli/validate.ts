/** `npm run validate`: all checks and, when asked for, the evaluation of base and tuned model; written to docs/validation/. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { cpus, loadavg, tmpdir, totalmem, type as system, release } from "node:os";
import { join } from "node:path";
import { toProblem } from "../../src/domain/errors.ts";
import { PROJECT_ROOT, VERSION } from "../lib/project.ts";
import { commitOf } from "../setup/commit.mjs";
import { run } from "../setup/run.mjs";
import { kinds, readFlags } from "./flags.ts";
import { openFile } from "./nodeModelFiles.ts";
import { report, UsageError } from "./problems.ts";
import { evaluateFiles, evaluateSample } from "./validation/evaluate.ts";
import { isComplete, refreshSummary, snapshotName, summarize, writeReport } from "./validation/report.ts";
import type { Evaluation, Snapshot, TestReport } from "./validation/snapshot.ts";

const FLAGS = {
  pairs: {
    schema: kinds.text,
    value: "FILE",
    help: "with RUN_EMBEDDING_EVAL=true: pairs to train on, beside the sample",
  },
  test: { schema: kinds.text, value: "FILE", help: "pairs to score that training on" },
  only: {
    schema: kinds.text,
    value: "STEPS",
    help: "steps of npm test, as types,lint; the report is then marked as partial",
  },
  "skip-tests": { schema: kinds.switch, help: "no tests; the report is then marked as partial" },
};
const HELP = {
  about: "Runs every step of npm test and writes what was run and what came out to docs/validation/.",
  examples: [
    "npm run validate",
    "RUN_EMBEDDING_EVAL=true npm run validate -- --skip-tests --pairs train.jsonl --test test.jsonl",
  ],
};
const RETRIEVAL = "RUN_EMBEDDING_EVAL";

const main = async (args: string[]): Promise<number> => {
  const flags = readFlags("validate", FLAGS, args, HELP);
  if (!flags) return 0;
  const retrieval = process.env[RETRIEVAL] === "true";
  const files = filesOf(flags, retrieval);
  const started: Omit<Snapshot, "tests" | "evaluations"> = {
    startedAt: new Date().toISOString(),
    commit: commitOf(PROJECT_ROOT),
    version: VERSION,
    machine: {
      system: `${system()} ${release()}`,
      processor: cpus()[0]?.model.trim() ?? "unknown",
      cores: cpus().length,
      memoryGiB: totalmem() / 1024 ** 3,
      node: process.versions.node,
      loadBefore: loadavg()[0] ?? 0,
    },
  };
  const folder = mkdtempSync(join(tmpdir(), "recall-studio-validation-"));
  try {
    const tests = flags["skip-tests"] ? null : await runTests(flags.only?.split(",") ?? [], folder);
    const snapshot: Snapshot = { ...started, tests, evaluations: null };
    if (!retrieval) return write(snapshot);
    // The training takes longer than the tests: what they came to is not lost if it fails or is stopped.
    write({ ...snapshot, evaluationProblem: "It has not come to its end." });
    try {
      return write({ ...snapshot, evaluations: await evaluate(files, folder) });
    } catch (thrown) {
      const { message, hint } = toProblem(thrown);
      write({ ...snapshot, evaluationProblem: `${message} ${hint}` });
      console.error(`The evaluation alone: ${RETRIEVAL}=true npm run validate -- --skip-tests`);
      throw thrown;
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

/** @throws UsageError when one file lacks the other, or nothing was to be evaluated */
const filesOf = (
  { pairs, test }: { pairs?: string | undefined; test?: string | undefined },
  retrieval: boolean,
): { pairs: string; test: string } | null => {
  if (pairs === undefined && test === undefined) return null;
  if (pairs === undefined || test === undefined)
    throw new UsageError("usage", "--pairs and --test go together.", "Give both files, or neither.");
  if (!retrieval)
    throw new UsageError(
      "usage",
      "Files are given, but the evaluation of retrieval was not asked for.",
      `Set ${RETRIEVAL}=true: it trains, which takes minutes.`,
    );
  return { pairs: openFile("pairs", pairs), test: openFile("test", test) };
};

const runTests = async (steps: string[], folder: string): Promise<TestReport> => {
  const path = join(folder, "tests.json");
  await run("server/setup/test.mjs", [`--json=${path}`, ...steps]);
  try {
    return JSON.parse(readFileSync(path, "utf8")) as TestReport;
  } catch {
    throw new UsageError("usage", "The tests did not start.", "Their own message stands above.");
  }
};

const evaluate = async (files: { pairs: string; test: string } | null, folder: string): Promise<Evaluation[]> => {
  const sub = (name: string): string => {
    const path = join(folder, name);
    mkdirSync(path);
    return path;
  };
  const sample = await evaluateSample(sub("sample"));
  return files ? [sample, await evaluateFiles(files.pairs, files.test, sub("files"))] : [sample];
};

const write = (snapshot: Snapshot): number => {
  const name = `validation/${snapshotName(snapshot)}.md`;
  mkdirSync(join(PROJECT_ROOT, "docs/validation"), { recursive: true });
  writeFileSync(join(PROJECT_ROOT, "docs", name), writeReport(snapshot));
  console.log(`\nWritten to docs/${name}`);
  const { tests } = snapshot;
  if (tests && isComplete(snapshot) && !snapshot.evaluationProblem) {
    const page = join(PROJECT_ROOT, "docs/validation.md");
    writeFileSync(page, refreshSummary(readFileSync(page, "utf8"), summarize({ ...snapshot, tests }, name)));
  } else console.log("Something is missing in it, so docs/validation.md stays as it is.");
  return tests?.steps.every(({ succeeded }) => succeeded) === false ? 1 : 0;
};

main(process.argv.slice(2)).then(
  (code) => process.exit(code),
  (thrown: unknown) => process.exit(report(thrown)),
);
