import { StudioError } from "../../errors.ts";
import { at, entry } from "../../present.ts";
import type { BadLine, PairRow, ParsedDataset } from "../types.ts";
import { badLine } from "../parse/item.ts";
import type { BeirPart } from "./part.ts";
import type { BeirFile, Judgement } from "./read.ts";

const PARTS: BeirPart[] = ["queries", "corpus", "qrels"];

/**
 * Pairs from the three files of a BEIR set: a query with the documents judged above 0, as hard negatives those judged 0
 * or less, and the whole corpus to find them in. Queries without a judgement belong to another part of the set and are
 * counted in a note. A judgement of an unknown id is a bad line.
 * Errors: `beir-incomplete`, `beir-no-pairs`.
 */
export const joinBeir = (files: readonly BeirFile[]): ParsedDataset => {
  const [queries, corpus, qrels] = PARTS.map((part) => onlyPart(files, part)) as [BeirFile, BeirFile, BeirFile];
  const badLines: BadLine[] = [queries, corpus, qrels].flatMap(({ fileName, badLines: bad }) =>
    bad.map((line) => ({ ...line, reason: `${fileName}: ${line.reason}` })),
  );
  const judged = new Map<string, Judgement[]>();
  for (const judgement of qrels.judgements) {
    const unknown = !queries.texts.has(judgement.query)
      ? queries
      : !corpus.texts.has(judgement.document)
        ? corpus
        : null;
    if (unknown) badLines.push(unknownId(judgement, qrels, unknown));
    else if (!judged.get(judgement.query)?.push(judgement)) judged.set(judgement.query, [judgement]);
  }
  const rows: PairRow[] = [];
  let wrongOnly = 0;
  for (const [id, judgements] of judged) {
    const { line, text: query } = entry(queries.texts, id);
    const textsOf = (right: boolean): string[] =>
      judgements.filter(({ score }) => score > 0 === right).map(({ document }) => entry(corpus.texts, document).text);
    const [positives, negatives] = [textsOf(true), textsOf(false)];
    if (positives.length > 0) rows.push({ line, query, positives, negatives });
    else wrongOnly++;
  }
  if (rows.length === 0) throw noPairs();
  const grades = new Set([...judged.values()].flat().flatMap(({ score }) => (score > 0 ? [score] : [])));
  const unjudged = queries.texts.size - judged.size;
  return {
    fileName: [queries, corpus, qrels].map(({ fileName }) => fileName).join(" + "),
    bytes: queries.bytes + corpus.bytes + qrels.bytes,
    dialect: { name: "BEIR (queries, corpus, qrels)", query: "queries", positive: "corpus", negative: [] },
    rows,
    badLines,
    blankLines: queries.blankLines + corpus.blankLines + qrels.blankLines,
    corpus: [...corpus.texts.values()].map(({ text }) => text),
    columns: [],
    notes: [
      ...(grades.size > 1
        ? [
            `${qrels.fileName} grades right documents (${[...grades].sort((a, b) => a - b).join(", ")}); all of them count as right, alike.`,
          ]
        : []),
      ...(unjudged > 0
        ? [`${unjudged.toLocaleString("en")} queries have no judgement in ${qrels.fileName} and are not used.`]
        : []),
      ...(wrongOnly > 0
        ? [`${wrongOnly.toLocaleString("en")} queries have no document judged above 0 and are not used.`]
        : []),
    ],
  };
};

const onlyPart = (files: readonly BeirFile[], part: BeirPart): BeirFile => {
  const found = files.filter((file) => file.part === part);
  if (found.length === 1) return at(found, 0);
  throw new StudioError(
    "beir-incomplete",
    found.length === 0
      ? `The ${part} of the BEIR set are missing.`
      : `Several files hold ${part} of a BEIR set: ${found.map(({ fileName }) => fileName).join(", ")}.`,
    "Give exactly one file each: queries.jsonl, corpus.jsonl and one of qrels/*.tsv.",
  );
};

const unknownId = ({ line, query, document, score }: Judgement, qrels: BeirFile, where: BeirFile): BadLine =>
  badLine(
    line,
    `${query}\t${document}\t${score}`,
    where.part === "queries" ? "unknown-query" : "unknown-document",
    `${qrels.fileName}: the id is not in ${where.fileName}.`,
  );

const noPairs = (): StudioError =>
  new StudioError(
    "beir-no-pairs",
    "No judgement joins a query with a document of the corpus.",
    "Check that the three files belong to one set: the ids in qrels are those of queries and corpus.",
  );
