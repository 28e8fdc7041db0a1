import { existsSync, mkdirSync } from "node:fs";
import { dirname, resolve } from "node:path";
import {
  pairsOf,
  provenanceOf,
  questionsOf,
  weakEntries,
  type QuestionProvenance,
} from "../../../src/domain/questions/account.ts";
import { filterQuestions, type Filtered } from "../../../src/domain/questions/filters/filter.ts";
import type { Passage } from "../../../src/domain/questions/passage.ts";
import type { EmbedTexts, FilterName, LedgerEntry, WrittenQuestion } from "../../../src/domain/questions/types.ts";
import { compareWithReal, LEAST_REAL, tellApartSentence } from "../../../src/domain/questions/tellApart.ts";
import { weakQuestions } from "../../../src/domain/questions/weak.ts";
import type { Written } from "../../../src/domain/questions/write.ts";
import { mulberry32, shuffle } from "../../../src/domain/random.ts";
import { loadTokenizer } from "../../../src/domain/text/tokenizer.ts";
import { embedTexts, loadBase } from "../../../src/engine/index.ts";
import { openCliDevice } from "../device.ts";
import { openBase } from "../nodeModelFiles.ts";
import { UsageError } from "../problems.ts";
import { stopOnInterrupt } from "../stopOnInterrupt.ts";
import { writeWhole } from "../writeWhole.ts";
import { provenanceFile, provenanceText } from "./provenanceFile.ts";
import { readExamples, readPassages } from "./files.ts";
import { readDocumentFlags, thresholdsOf, type DocumentFlags } from "./flags.ts";
import { resultLines } from "./words.ts";
import { writeByEndpoint } from "./writing.ts";

/** `npm run pairs -- --documents …`. Exit code 1 when no pair is left, 130 when it was stopped by hand: the same command goes on. */
export const pairsFromDocuments = async (args: string[]): Promise<number> => {
  const flags = readDocumentFlags(args);
  if (!flags) return 0;
  const out = resolve(flags.out);
  const ledger = `${out}.progress`;
  if (existsSync(out) && !existsSync(ledger))
    throw new UsageError(
      "usage",
      `--out: ${flags.out} is there already, and not from an unfinished run.`,
      "Name a new file.",
    );
  return stopOnInterrupt((stop) => makePairs(flags, { out, ledger }, stop));
};

/** Reads, writes and filters up to the end or the signal. @returns the exit code */
const makePairs = async (
  flags: DocumentFlags,
  { out, ledger }: { out: string; ledger: string },
  stop: AbortSignal,
): Promise<number> => {
  const base = openBase(flags.base);
  const tokenizer = await loadTokenizer(base);
  const examples = readExamples(flags.examples);
  // The end token belongs to every text.
  const read = await readPassages(flags.documents, (text) => tokenizer.count("", text) - 1, stop);
  console.error(
    `${count(read.documents, "document")}, ${count(read.passages.length, "passage")}${read.refused > 0 ? `, ${count(read.refused, "file")} not read` : ""}`,
  );
  mkdirSync(dirname(out), { recursive: true });
  const written = flags.weak
    ? writeWeak(flags, read.passages)
    : await byEndpoint(flags, read.passages, examples, ledger, stop);
  if (written.stopped === "aborted" || flags.estimate) {
    console.error(
      `\n${written.entries.length} of ${written.total} passages are kept in ${ledger}; the same command${flags.estimate ? " without --estimate" : ""} goes on.`,
    );
    return flags.estimate ? 0 : 130;
  }
  const embed = needsBase(flags, written.questions, examples) ? await openEmbedder(flags, base) : null;
  const filtered = await filterQuestions(written.questions, read.passages, {
    embed,
    thresholds: thresholdsOf(flags),
    examples,
    without: flags.without,
    signal: stop,
    onProgress: filterLines(),
  });
  const apart = embed && (await compareWithReal(embed, filtered.kept, examples));
  const provenance = provenanceOf(
    {
      writer: flags.weak ? "weak" : "endpoint",
      model: flags.model ?? null,
      promptHash: written.promptHash,
      seed: flags.seed,
      perPassage: flags["per-passage"],
      examples: examples.length,
    },
    written.entries,
    filtered,
  );
  const none = filtered.kept.length === 0;
  write(flags, out, filtered, provenance, read.passages);
  if (flags.json)
    console.log(
      JSON.stringify({
        out: none ? null : out,
        documents: read.documents,
        refusedFiles: read.refused,
        ...provenance,
        stopped: written.stopped,
        tellApart: apart,
      }),
    );
  else
    console.log(
      [
        ...resultLines(provenance, written),
        ...(apart ? [tellApartSentence(apart)] : []),
        none
          ? `No pair is left: ${out} is ${existsSync(out) ? "left as it was" : "not written"}.`
          : `Written to ${out}`,
      ].join("\n"),
    );
  return none ? 1 : 0;
};

/** What was written, by whichever way. */
interface Result extends Omit<Written, "promptHash"> {
  questions: WrittenQuestion[];
  promptHash: string | null;
}

const byEndpoint = async (
  ...[flags, passages, examples, ledger, signal]: Parameters<typeof writeByEndpoint>
): Promise<Result> => {
  const written = await writeByEndpoint(flags, passages, examples, ledger, signal);
  return { ...written, questions: questionsOf(written.entries) };
};

const writeWeak = (flags: DocumentFlags, passages: readonly Passage[]): Result => {
  const taken = shuffle([...passages], mulberry32(flags.seed)).slice(0, flags.limit);
  const questions = taken.flatMap((passage) => weakQuestions(passage).slice(0, flags["per-passage"]));
  const entries: LedgerEntry[] = weakEntries(taken, questions);
  return { questions, entries, total: taken.length, stopped: null, promptHash: null };
};

/** A line for each filter, and of one that takes long every ten seconds. */
const filterLines = () => {
  let saidAt = 0;
  return (name: FilterName, done?: number, total = 0): void => {
    if (done !== undefined && performance.now() - saidAt < 10_000) return;
    saidAt = performance.now();
    console.error(`filter: ${name}${done === undefined ? "" : ` ${done}/${total}`}`);
  };
};

/** Whether anything looks through the base's eyes. */
const needsBase = (flags: DocumentFlags, questions: readonly WrittenQuestion[], examples: readonly string[]): boolean =>
  questions.length > 0 &&
  (examples.length >= LEAST_REAL ||
    !["generic" as const, "round-trip" as const].every((name) => flags.without?.includes(name)));

/** The base as the filters use it: its own prompts, passages whole. */
const openEmbedder = async (flags: DocumentFlags, files: ReturnType<typeof openBase>): Promise<EmbedTexts> => {
  const base = await loadBase(await openCliDevice(flags.backend), files);
  return async (texts, kind, signal) => {
    const options = { kind, prompts: base.prompts, maxTokens: MAX_TOKENS, signal };
    const { data, dim } = await embedTexts(base, null, texts, options);
    return { dim, vectors: data };
  };
};
/** Above what a passage has, with its prompt. */
const MAX_TOKENS = 512;

/** The pairs, where any are left, what the filters rejected where it is asked for, and beside the pairs where they come from. */
const write = (
  flags: DocumentFlags,
  out: string,
  { kept, rejected }: Filtered,
  provenance: QuestionProvenance,
  passages: readonly Passage[],
): void => {
  const jsonl = (rows: readonly object[]): string => rows.map((row) => `${JSON.stringify(row)}\n`).join("");
  if (flags.rejected !== undefined) writeWhole(resolve(flags.rejected), jsonl(rejected));
  if (kept.length === 0) return;
  const pairs = pairsOf(kept, passages);
  const rows = pairs.map(({ query, positive }) => ({ query, positives: [positive], negatives: [] }));
  writeWhole(provenanceFile(out), provenanceText(provenance, rows));
  writeWhole(out, jsonl(pairs));
};

const count = (number: number, word: string): string =>
  `${number.toLocaleString("en")} ${word}${number === 1 ? "" : "s"}`;
