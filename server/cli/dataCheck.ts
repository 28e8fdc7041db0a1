/** `npm run data:check`: what is wrong with a file of pairs, what it holds, and how it would be split. */
import { createReadStream, statSync } from "node:fs";
import { basename } from "node:path";
import { parseArgs } from "node:util";
import {
  applyChoices,
  asDataset,
  diagnose,
  fingerprintDataset,
  lengthTexts,
  orderFor,
  parseCorpus,
  splitDataset,
  type DoctorReport,
  type TokenLengths,
} from "../../src/domain/dataset/index.ts";
import type { PairRow, ParsedDataset } from "../../src/domain/dataset/types.ts";
import { StudioError, toProblem } from "../../src/domain/errors.ts";
import { loadPrompts } from "../../src/domain/text/prompts.ts";
import { loadTokenizer } from "../../src/domain/text/tokenizer.ts";
import { DEFAULT_HYPERPARAMETERS as DEFAULTS } from "../../src/domain/training/types.ts";
import { BEIR_VALUE, readBeir } from "./beirSet.ts";
import { chosenByFlags, COLUMN_FLAGS, type ChosenByFlags } from "./columnFlags.ts";
import { columnLines, columnQuestion, placeOf } from "./columnWords.ts";
import { isStarted } from "./command.ts";
import { checkLines, SHOWN, withoutTexts, type SplitPreview } from "./dataCheckWords.ts";
import { kinds, readFlags } from "./flags.ts";
import { openBase, openFile } from "./nodeModelFiles.ts";
import { parsePairs } from "./pairs.ts";
import { report as reportProblem, UsageError } from "./problems.ts";

const FLAGS = {
  beir: { schema: kinds.text, value: BEIR_VALUE, help: "in place of FILE: a BEIR set, as a folder or a .zip" },
  ...COLUMN_FLAGS,
  test: { schema: kinds.text, value: "FILE", help: "separate test file; rows that leak into it are named" },
  corpus: { schema: kinds.text, value: "FILE", help: "extra documents among which the right ones have to be found" },
  base: { schema: kinds.text, value: "NAME|DIR", help: "count tokens with this base's tokenizer (default: estimated)" },
  "max-tokens": {
    schema: kinds.whole(2, 32768).default(DEFAULTS.maxTokens),
    value: "N",
    help: `length at which the model cuts (${DEFAULTS.maxTokens})`,
  },
  seed: {
    schema: kinds.whole(0, 2 ** 32 - 1).default(DEFAULTS.seed),
    value: "N",
    help: `seed of the split (${DEFAULTS.seed})`,
  },
  json: { schema: kinds.switch, help: "one JSON object on stdout" },
};

const HELP = {
  about: "Says what is wrong with a file of pairs, what it holds, and how it would be split.",
  operand: "FILE",
  examples: [
    "npm run data:check -- pairs.jsonl",
    "npm run data:check -- scored.csv --score-column rating --min-score 4",
    "npm run data:check -- train.jsonl --test test.jsonl --json",
    "npm run data:check -- --beir scifact/",
  ],
};

/** Exit codes: 0 ready, 1 something must be decided or mended first, 2 the command or file cannot be used. */
export const checkData = async (args: string[]): Promise<number> => {
  const [file, rest] = takeFile(args);
  const flags = readFlags("data:check", FLAGS, rest, HELP);
  if (!flags) return 0;
  const chosen = chosenByFlags(flags);
  const read = await readChecked(file, flags.beir, chosen);
  const { parsed } = read;
  const test = flags.test === undefined ? read.test : await parsePairs(openFile("test", flags.test), chosen, true);
  const corpus = flags.corpus === undefined ? null : await readCorpus(flags.corpus);
  const tokenLengths = flags.base === undefined ? undefined : await countTokens(parsed.rows, flags.base);
  const report = diagnose(parsed, { test: test?.rows, tokenLengths, maxTokens: flags["max-tokens"] });
  const documents = [...parsed.corpus, ...(test?.corpus ?? []), ...(corpus?.documents ?? [])];
  const result = {
    file: parsed.fileName,
    format: parsed.format,
    dialect: parsed.dialect,
    columns: parsed.columns ?? [],
    scores: parsed.scores ?? null,
    graded: parsed.graded ?? null,
    fingerprint: fingerprintDataset(parsed.rows, { corpus: documents }),
    corpusDocuments: documents.length,
    ready: report.findings.every(({ severity }) => severity !== "blocking"),
    ...withoutTexts(report),
    place: placeOf(parsed),
    badLineList: parsed.badLines
      .slice(0, SHOWN)
      .map(({ line, lines: lost, code, reason }) => ({ line, lines: lost, code, reason })),
    split: splitPreview(parsed, test?.rows ?? [], report, flags.seed),
  };
  const question = columnQuestion(parsed);
  const words = [
    ...columnLines(parsed),
    ...(test ? columnLines(test) : []),
    ...(corpus?.notes ?? []).map((note) => `${corpus?.fileName}: ${note}`),
    ...checkLines(result),
    ...(question ? [question.hint] : []),
  ];
  console.log(flags.json ? JSON.stringify(result) : words.join("\n"));
  return result.ready ? 0 : 1;
};

/** @throws UsageError unless exactly one of FILE and --beir is given */
const readChecked = async (
  file: string | undefined,
  beir: string | undefined,
  chosen: ChosenByFlags,
): Promise<ReturnType<typeof asDataset>> => {
  if (beir !== undefined && file === undefined) return asDataset(await readBeir("beir", beir));
  if (file !== undefined && beir === undefined)
    return { parsed: await parsePairs(openFile(null, file), chosen), test: null };
  throw new UsageError(
    "usage",
    beir === undefined ? "There is no file to check." : "FILE and --beir exclude each other.",
    "npm run data:check -- FILE [flags], or npm run data:check -- --beir DIR.",
  );
};

/** The file stands before, between or after the flags. */
const takeFile = (args: string[]): [string | undefined, string[]] => {
  const options = Object.fromEntries(
    Object.entries(FLAGS).map(([name, flag]) => [
      name,
      { type: "value" in flag ? ("string" as const) : ("boolean" as const) },
    ]),
  );
  const { tokens } = parseArgs({ args, options, allowPositionals: true, strict: false, tokens: true });
  const token = tokens.find(({ kind }) => kind === "positional");
  return token ? [args[token.index], args.filter((_, i) => i !== token.index)] : [undefined, args];
};

const readCorpus = (path: string) => {
  const file = openFile("corpus", path);
  return parseCorpus(createReadStream(file), { fileName: basename(file), bytes: statSync(file).size });
};

const countTokens = async (rows: readonly PairRow[], name: string): Promise<TokenLengths> => {
  const files = openBase(name);
  const [tokenizer, prompts] = await Promise.all([loadTokenizer(files), loadPrompts(files)]);
  const { queries, documents } = lengthTexts(rows);
  return {
    queries: queries.map((text) => tokenizer.count(prompts.query, text)),
    documents: documents.map((text) => tokenizer.count(prompts.document, text)),
  };
};

/** How the rows would be split after the first choice of every blocking finding. */
const splitPreview = (
  parsed: ParsedDataset,
  test: readonly PairRow[],
  report: DoctorReport,
  seed: number,
): SplitPreview => {
  if (parsed.testOnly)
    return toProblem(
      new StudioError(
        "test-only",
        "These judgements are a test, and nothing is trained on them.",
        "Score a model on them by npm run evaluate -- --beir DIR.",
      ),
    );
  const choices = report.findings.flatMap(({ severity, choices: offered }) =>
    severity === "blocking" ? offered.slice(0, 1) : [],
  );
  const { rows } = applyChoices(parsed, choices).parsed;
  try {
    const split = splitDataset([...rows, ...test], { seed, order: orderFor(rows), testRows: test.length });
    return { train: split.train.length, dev: split.dev.length, test: split.test.length, hash: split.hash };
  } catch (thrown) {
    if (thrown instanceof StudioError) return toProblem(thrown);
    throw thrown;
  }
};

if (isStarted(import.meta.url))
  checkData(process.argv.slice(2)).then(
    (code) => (process.exitCode = code),
    (thrown: unknown) => (process.exitCode = reportProblem(thrown)),
  );
