import { StudioError } from "../../errors.ts";
import { entry } from "../../present.ts";
import type { BadLine, PairRow, ParsedDataset } from "../types.ts";
import { badLine } from "../parse/item.ts";
import { splitOf, type BeirPart, type BeirSplit } from "./part.ts";
import type { BeirFile, Judgement } from "./read.ts";

/** A BEIR set as its files part it. Of the three at least one is there. */
export interface BeirSet {
  /** Judged for training, or for nothing in particular. */
  train: ParsedDataset | null;
  dev: ParsedDataset | null;
  test: ParsedDataset | null;
  /** The files of judgements. */
  qrels: Partial<Record<BeirSplit, string>>;
}

/** How its dialect calls itself. */
export const BEIR_DIALECT = "BEIR (queries, corpus, qrels)";

/**
 * Pairs from the files of a BEIR set: a query with the documents judged above 0 and their grades, as hard negatives those
 * judged 0 or less, and the whole corpus to find them in. Files of judgements are told apart by the split in their names;
 * one without is for training and test alike. Queries without a judgement in any file are counted in a note. A judgement of
 * an unknown id is a bad line.
 * Errors: `beir-incomplete`, `beir-no-pairs`.
 */
export const joinBeir = (files: readonly BeirFile[]): BeirSet => {
  const [queries, corpus] = [onlyPart(files, "queries"), onlyPart(files, "corpus")];
  const bySplit = new Map<BeirSplit, BeirFile>();
  for (const file of files) {
    if (file.part !== "qrels") continue;
    const split = splitOf(nameOf(file)) ?? "train";
    const other = bySplit.get(split);
    if (other) throw severalFiles(`judgements of one split`, [other, file]);
    bySplit.set(split, file);
  }
  if (bySplit.size === 0) throw missingPart("qrels");
  const judged = new Set([...bySplit.values()].flatMap(({ judgements }) => judgements.map(({ query }) => query)));
  let first = true;
  const join = (split: BeirSplit): ParsedDataset | null => {
    const qrels = bySplit.get(split);
    if (!qrels) return null;
    // What is wrong with the texts is said once.
    const joined = joinOne(queries, corpus, qrels, first ? judged : null);
    first = false;
    return splitOf(nameOf(qrels)) === "test" ? { ...joined, testOnly: true } : joined;
  };
  const qrels = Object.fromEntries([...bySplit].map(([split, { fileName }]) => [split, fileName]));
  return { train: join("train"), dev: join("dev"), test: join("test"), qrels };
};

const nameOf = ({ fileName }: BeirFile): string => fileName.split("/").at(-1) ?? fileName;

/** @param judged  queries with a judgement in any file; null where another split has told what it says of the texts */
const joinOne = (
  queries: BeirFile,
  corpus: BeirFile,
  qrels: BeirFile,
  judged: ReadonlySet<string> | null,
): ParsedDataset => {
  const read = judged ? [queries, corpus, qrels] : [qrels];
  const unknownIds: BadLine[] = [];
  const byQuery = new Map<string, Judgement[]>();
  for (const judgement of qrels.judgements) {
    const unknown = !queries.texts.has(judgement.query)
      ? queries
      : !corpus.texts.has(judgement.document)
        ? corpus
        : null;
    if (unknown) unknownIds.push(unknownId(judgement, unknown));
    else if (!byQuery.get(judgement.query)?.push(judgement)) byQuery.set(judgement.query, [judgement]);
  }
  const badLines = read.flatMap((file) =>
    [...file.badLines, ...(file === qrels ? unknownIds : [])]
      .sort((a, b) => a.line - b.line)
      .map((line) => ({ ...line, reason: `${file.fileName}: ${line.reason}` })),
  );
  const rows: PairRow[] = [];
  let wrongOnly = 0;
  for (const [id, judgements] of byQuery) {
    const { line, text: query, about } = entry(queries.texts, id);
    const right = judgements.filter(({ score }) => score > 0);
    const wrong = judgements.filter(({ score }) => score <= 0);
    const textOf = ({ document }: Judgement): string => entry(corpus.texts, document).text;
    if (right.length > 0)
      rows.push({
        line,
        query,
        id,
        positives: right.map(textOf),
        grades: right.map(({ score }) => score),
        negatives: wrong.map(textOf),
        ...(about && { about }),
      });
    else wrongOnly++;
  }
  if (rows.length === 0) throw noPairs(qrels, badLines.length);
  const graded = new Set(rows.flatMap((row) => row.grades ?? [])).size > 1;
  const unjudged = judged ? [...queries.texts.keys()].filter((id) => !judged.has(id)).length : 0;
  const repeated = read.reduce((sum, file) => sum + file.repeated, 0);
  const where = judged && judged.size > byQuery.size + wrongOnly ? "any file of judgements" : qrels.fileName;
  return {
    fileName: [queries, corpus, qrels].map(({ fileName }) => fileName).join(" + "),
    bytes: queries.bytes + corpus.bytes + qrels.bytes,
    dialect: { name: BEIR_DIALECT, query: "queries", positive: "corpus", negative: [] },
    // Where all are alike, nothing is graded.
    rows: graded ? rows : rows.map(({ grades: _, ...row }) => row),
    badLines,
    blankLines: read.reduce((sum, file) => sum + file.blankLines, 0),
    corpus: [...corpus.texts.values()].map(({ text }) => text),
    corpusIds: [...corpus.texts.keys()],
    columns: [],
    ...(queries.kinds.length > 0 && { kinds: queries.kinds }),
    notes: [
      ...(unjudged > 0 ? [`${counted(unjudged)} no judgement in ${where} and are not used.`] : []),
      ...(wrongOnly > 0
        ? [`${counted(wrongOnly)} no document judged above 0 in ${qrels.fileName} and are not used.`]
        : []),
      ...(repeated > 0
        ? [
            `${repeated.toLocaleString("en")} lines of ${read.map(({ fileName }) => fileName).join(", ")} repeat an earlier one word for word and count once.`,
          ]
        : []),
    ],
  };
};

const counted = (queries: number): string => `${queries.toLocaleString("en")} queries have`;

const onlyPart = (files: readonly BeirFile[], part: BeirPart): BeirFile => {
  const found = files.filter((file) => file.part === part);
  if (found.length > 1) throw severalFiles(`${part} of a BEIR set`, found);
  if (found[0] === undefined) throw missingPart(part);
  return found[0];
};

const LAYOUT = "Give queries.jsonl, corpus.jsonl and the files of qrels, one for each split.";

const missingPart = (part: BeirPart): StudioError =>
  new StudioError("beir-incomplete", `The ${part} of the BEIR set are missing.`, LAYOUT);

const severalFiles = (what: string, files: readonly BeirFile[]): StudioError =>
  new StudioError(
    "beir-incomplete",
    `Several files hold ${what}: ${files.map(({ fileName }) => fileName).join(", ")}.`,
    LAYOUT,
  );

const unknownId = ({ line, query, document, score }: Judgement, where: BeirFile): BadLine =>
  badLine(
    line,
    `${query}\t${document}\t${score}`,
    where.part === "queries" ? "unknown-query" : "unknown-document",
    `The id is not in ${where.fileName}.`,
  );

const noPairs = ({ fileName }: BeirFile, badLines: number): StudioError =>
  new StudioError(
    "beir-no-pairs",
    `No judgement in ${fileName} joins a query with a right document of the corpus${badLines > 0 ? ` (${badLines.toLocaleString("en")} name unknown ids or cannot be read)` : ""}.`,
    "Check that the files belong to one set: the ids in qrels are those of queries and corpus, and a right document is judged above 0.",
  );
