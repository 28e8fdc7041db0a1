/** `npm run data:check`: what is wrong with a file of pairs, what it holds, and how it would be split. */
import { createReadStream, statSync } from "node:fs";
import { basename } from "node:path";
import { parseArgs } from "node:util";
import {
  applyChoices,
  diagnose,
  fingerprintDataset,
  lengthTexts,
  parseCorpus,
  parseDataset,
  splitDataset,
  type DoctorReport,
  type TokenLengths,
} from "../../src/domain/dataset/index.ts";
import type { PairRow, ParsedDataset } from "../../src/domain/dataset/types.ts";
import { StudioError, toProblem, type Problem } from "../../src/domain/errors.ts";
import { loadPrompts } from "../../src/domain/text/prompts.ts";
import { loadTokenizer } from "../../src/domain/text/tokenizer.ts";
import { DEFAULT_HYPERPARAMETERS as DEFAULTS } from "../../src/domain/training/types.ts";
import { kinds, readFlags } from "./flags.ts";
import { openBase, openFile } from "./nodeModelFiles.ts";
import { report as reportProblem, UsageError } from "./problems.ts";

const FLAGS = {
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

/** Bad lines and line numbers that are listed; the counts are always whole. */
const SHOWN = 100;

/** Exit codes: 0 ready, 1 something must be decided or mended first, 2 the command or file cannot be used. */
const main = async (args: string[]): Promise<number> => {
  const [file, rest] = takeFile(args);
  const flags = readFlags("data:check", FLAGS, rest);
  if (!flags) return 0;
  if (file === undefined)
    throw new UsageError("usage", "There is no file to check.", "npm run data:check -- FILE [flags]");
  const parsed = await read("FILE", file);
  const test = flags.test === undefined ? null : await read("test", flags.test);
  const corpus = flags.corpus === undefined ? null : await readCorpus(flags.corpus);
  const tokenLengths = flags.base === undefined ? undefined : await countTokens(parsed.rows, flags.base);
  const report = diagnose(parsed, { test: test?.rows, tokenLengths, maxTokens: flags["max-tokens"] });
  const documents = [...parsed.corpus, ...(test?.corpus ?? []), ...(corpus?.documents ?? [])];
  const result = {
    file: parsed.fileName,
    format: parsed.format,
    dialect: parsed.dialect,
    fingerprint: fingerprintDataset(parsed.rows, { corpus: documents }),
    corpusDocuments: documents.length,
    ready: report.findings.every(({ severity }) => severity !== "blocking"),
    ...withoutTexts(report),
    badLineList: parsed.badLines.slice(0, SHOWN).map(({ line, code, reason }) => ({ line, code, reason })),
    split: splitPreview(parsed, test?.rows ?? [], report, flags.seed),
  };
  console.log(flags.json ? JSON.stringify(result) : lines(result).join("\n"));
  return result.ready ? 0 : 1;
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

const read = (flag: string, path: string): Promise<ParsedDataset> => {
  const file = openFile(flag, path);
  return parseDataset(createReadStream(file), { fileName: basename(file), bytes: statSync(file).size });
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

/** The report for a log or a pipe: line numbers instead of row indices and effects. */
const withoutTexts = (report: DoctorReport) => ({
  ...report,
  findings: report.findings.map(({ code, severity, sentence, advice, count, lines: found, choices }) => ({
    code,
    severity,
    sentence,
    advice,
    count,
    lines: found.slice(0, SHOWN),
    choices: choices.map(({ id, label }) => ({ id, label })),
  })),
});

type SplitPreview = { train: number; dev: number; test: number; hash: string } | Problem;

/** How the rows would be split after the first choice of every blocking finding. */
const splitPreview = (
  parsed: ParsedDataset,
  test: readonly PairRow[],
  report: DoctorReport,
  seed: number,
): SplitPreview => {
  const choices = report.findings.flatMap(({ severity, choices: offered }) =>
    severity === "blocking" ? offered.slice(0, 1) : [],
  );
  const { rows } = applyChoices(parsed, choices).parsed;
  try {
    const split = splitDataset([...rows, ...test], { seed, testRows: test.length });
    return { train: split.train.length, dev: split.dev.length, test: split.test.length, hash: split.hash };
  } catch (thrown) {
    if (thrown instanceof StudioError) return toProblem(thrown);
    throw thrown;
  }
};

const MARKS = { blocking: "✗", warning: "!", info: "·" } as const;

const lines = (result: ReturnType<typeof withoutTexts> & { file: string; format?: string; dialect: { name: string }; fingerprint: string; badLineList: { line: number; reason: string }[]; split: SplitPreview; ready: boolean }): string[] => [
  `${result.file}: ${result.rows} pairs, ${result.badLines} bad lines (${result.format}, ${result.dialect.name})`,
  `${result.distinctQueries} queries, ${result.distinctDocuments} documents, ${result.groups} independent groups`,
  `${result.lengths.documents.unit} of a document: median ${result.lengths.documents.median}, 95 % up to ${result.lengths.documents.p95}, longest ${result.lengths.documents.max}`,
  `languages of the documents (a rough guess): ${result.languages.documents.slice(0, 4).map(({ language, share }) => `${language} ${Math.round(share * 100)} %`).join(", ")}`,
  `fingerprint ${result.fingerprint}`,
  ...result.badLineList.slice(0, 10).map(({ line, reason }) => `  line ${line}: ${reason}`),
  ...result.findings.flatMap(({ severity, sentence, advice }) => [`${MARKS[severity]} ${sentence}`, `  ${advice}`]),
  "code" in result.split
    ? `No split: ${result.split.message} ${result.split.hint}`
    : `Split: ${result.split.train} train, ${result.split.dev} dev, ${result.split.test} test (${result.split.hash.slice(0, 12)})`,
  result.ready ? "Ready for training." : "Not ready: decide or mend what is marked ✗.",
]; // prettier-ignore

main(process.argv.slice(2)).then(
  (code) => (process.exitCode = code),
  (thrown: unknown) => (process.exitCode = reportProblem(thrown)),
);
