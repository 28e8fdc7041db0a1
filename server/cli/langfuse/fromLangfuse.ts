import { existsSync, mkdirSync } from "node:fs";
import { dirname, resolve } from "node:path";
import type { LangfuseLine } from "../../../src/domain/api/index.ts";
import type { Provenance } from "../../../src/domain/dataset/provenance.ts";
import { judgedLines } from "../../../src/domain/judged/file.ts";
import { PairFold } from "../../../src/domain/judged/fold.ts";
import { personalFindings } from "../../../src/domain/judged/personal.ts";
import type { Mapping, Source } from "../../../src/domain/langfuse/types.ts";
import { loadConfig } from "../../config/config.ts";
import { LangfuseApi } from "../../langfuse/api.ts";
import { listDatasets, listScores } from "../../langfuse/choose.ts";
import { LangfuseForms } from "../../langfuse/forms.ts";
import { judgedPages, previewPairs } from "../../langfuse/pairs.ts";
import { UsageError } from "../problems.ts";
import { provenanceFile, provenanceText } from "../questions/provenanceFile.ts";
import { stopOnInterrupt } from "../stopOnInterrupt.ts";
import { writeWhole } from "../writeWhole.ts";
import { readLangfuseFlags, type LangfuseCommand } from "./flags.ts";
import { ProgressFile } from "./progressFile.ts";
import { choiceLines, lookLines, personalLines, resultLines } from "./words.ts";

/** `npm run pairs -- --langfuse …`. Exit code 130 when it was stopped by hand: the same command goes on. */
export const pairsFromLangfuse = async (
  args: string[],
  environment: Record<string, string | undefined>,
  now: () => number = Date.now,
): Promise<number> => {
  const command = readLangfuseFlags(args, now());
  if (!command) return 0;
  const forms = openForms(environment);
  const { source, out: given } = command;
  if (!source || given === null) return list(forms, command);
  if (existsSync(resolve(given)))
    throw new UsageError("usage", `--out: ${given} is there already.`, "Name a new file.");
  return stopOnInterrupt((stop) => readAndWrite({ forms, source, command, given, now }, stop));
};

interface Reading {
  forms: LangfuseForms;
  source: Source;
  command: LangfuseCommand;
  /** Where the pairs go, as it was given. */
  given: string;
  now: () => number;
}

/** Reads up to the end or the signal, and writes the pairs. @returns the exit code */
const readAndWrite = async ({ forms, source, command, given, now }: Reading, stop: AbortSignal): Promise<number> => {
  const out = resolve(given);
  const mapping = await mappingFor(forms, source, command, stop);
  mkdirSync(dirname(out), { recursive: true });
  const progress = new ProgressFile(`${out}.progress`);
  const fold = new PairFold();
  const sums = { read: 0, unjudged: 0, unmapped: 0, archived: 0 };
  const take = (page: Extract<LangfuseLine, { type: "page" }>): void => {
    for (const one of page.judged) fold.add(one);
    for (const key of ["read", "unjudged", "unmapped", "archived"] as const) sums[key] += page[key];
  };
  const begun = progress.begin(JSON.stringify({ ...command.reads, mapping }), source);
  for (const page of begun.pages) take(page);
  const last = begun.pages.at(-1);
  if (last) console.error(`${sums.read} items were read before${last.next ? "; reading goes on there" : ""}.`);
  if (last?.next !== null)
    try {
      const options = { position: last?.next ?? null, now, signal: stop };
      for await (const line of judgedPages(forms, begun.source, mapping, options)) {
        if (line.type !== "page") continue;
        take(line);
        progress.append(line);
        console.error(`${sums.read} read, ${fold.counts().judged} judged`);
      }
    } catch (thrown) {
      console.error(`\n${sums.read} items are kept in ${out}.progress; the same command goes on.`);
      if (stop.aborted) return 130;
      throw thrown;
    }

  const pairs = fold.pairs();
  const personal = personalFindings(pairs);
  if (personal.length > 0 && command.personal === null) {
    for (const line of personalLines(pairs, personal)) console.error(line);
    throw new UsageError(
      "usage",
      `${personal.length} of ${pairs.length} pairs hold possible e-mail addresses or telephone numbers.`,
      "Look at them above, then give the same command with --personal keep or --personal leave-out.",
    );
  }
  const left = new Set(command.personal === "leave-out" ? personal.map(({ pair }) => pair) : []);
  const taken = pairs.filter((_, place) => !left.has(place));
  const provenance = provenanceOf(begun.source, fold);
  if (taken.length > 0) {
    writeWhole(provenanceFile(out), provenanceText(provenance, taken));
    writeWhole(out, judgedLines(taken).join(""));
  }
  progress.remove();
  const counts = { ...fold.counts(), ...sums, personal: personal.length, taken: taken.length };
  if (command.json) console.log(JSON.stringify({ out, ...counts, mapping, answered: forms.answered, provenance }));
  else console.log(resultLines(counts, forms.answered, given).join("\n"));
  return taken.length > 0 ? 0 : 1;
};

const openForms = (environment: Record<string, string | undefined>): LangfuseForms => {
  const { langfuse } = loadConfig(environment);
  if (langfuse) return new LangfuseForms(new LangfuseApi(langfuse));
  throw new UsageError(
    "usage",
    "There are no keys for Langfuse.",
    "Set LANGFUSE_PUBLIC_KEY and LANGFUSE_SECRET_KEY, and LANGFUSE_BASE_URL for a Langfuse of your own.",
  );
};

const list = async (forms: LangfuseForms, { span, json }: LangfuseCommand): Promise<number> => {
  const [datasets, scores] = [await listDatasets(forms), await listScores(forms, span)];
  if (json) console.log(JSON.stringify({ ...datasets, ...scores, answered: forms.answered }));
  else console.log(choiceLines(datasets, scores, span).join("\n"));
  return 0;
};

/** The mapping as far as it was given, and found in a look at the newest items otherwise. @throws UsageError */
const mappingFor = async (
  forms: LangfuseForms,
  source: Source,
  { mapping: given }: LangfuseCommand,
  signal: AbortSignal,
): Promise<Mapping> => {
  const { question, documents, negatives = null, first = null } = given;
  if (question && documents) return { question, documents, negatives, first };
  const look = await previewPairs(forms, source, null, signal);
  const found = look.mapping;
  if (look.looked.judged === 0)
    throw new UsageError(
      "usage",
      `None of the newest ${look.looked.read} items is judged by "${source.name}".`,
      "npm run pairs -- --langfuse lists the scores of the last 90 days; choose another, other rules or a longer time.",
    );
  const path = { question: question ?? found?.question, documents: documents ?? found?.documents };
  if (!path.question || !path.documents)
    throw new UsageError(
      "usage",
      "No question and documents were found in the items.",
      "Name where they stand with --question and --documents-in, such as input.query and output.documents.",
    );
  const mapping = { question: path.question, documents: path.documents, negatives, first };
  for (const line of lookLines(look, mapping)) console.error(line);
  return mapping;
};

const provenanceOf = (source: Source, fold: PairFold): Provenance => {
  const scored = source.kind === "score" ? source : null;
  return {
    source: "langfuse",
    dataset: scored ? null : source.name,
    score: scored?.name ?? null,
    good: scored?.good ?? null,
    bad: scored?.bad ?? null,
    from: scored?.from ?? null,
    to: scored?.to ?? null,
    ...fold.sources(),
  };
};
