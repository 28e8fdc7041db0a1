import { StudioError } from "../../errors.ts";
import { hasText } from "../../text/index.ts";
import type { BadLine } from "../types.ts";
import { cell } from "../parse/cell.ts";
import { profileColumns, type ColumnProfile } from "../parse/columns.ts";
import { textColumns } from "../parse/guess.ts";
import { badLine, isBadLine, recordText, type RawRecord } from "../parse/item.ts";
import { Kinds } from "../parse/kinds.ts";
import { openReading, type ByteSource } from "../parse/open.ts";
import { toScore } from "../parse/score.ts";
import { asText } from "../parse/texts.ts";
import { beirPart, DOCUMENT_ID, partByName, QUERY_ID, type BeirPart } from "./part.ts";

/** A judgement of a person: how well a document answers a query; 0 or less is not at all. */
export interface Judgement {
  line: number;
  query: string;
  document: string;
  score: number;
}

/** One of the three files of a BEIR set. */
export interface BeirFile {
  part: BeirPart;
  fileName: string;
  bytes: number;
  /** Texts of queries or documents by id, with their lines; queries with what else their file says of them. */
  texts: Map<string, { line: number; text: string; about?: Readonly<Record<string, string>> }>;
  /** Columns by which queries can be parted. */
  kinds: string[];
  judgements: Judgement[];
  badLines: BadLine[];
  blankLines: number;
  /** Lines that say again what an earlier one said. */
  repeated: number;
}

const SAMPLE = 200;
const QRELS_PATH = /(^|\/)qrels\//i;
const ID = /^(_?id|.*_id|docid|qid|pid|docno)$/;

/**
 * Reads one file of a BEIR set. Its columns say which it is, else its name does (`queries`, `corpus` or `collection`,
 * `qrels`). Records are taken as they come, so that of a large corpus only its texts are held.
 * Errors: `beir-part-unknown`, and those of `parseDataset`.
 */
export const readBeirFile = async (
  source: ByteSource,
  options: { fileName: string; bytes: number | null; signal?: AbortSignal; onBytes?: (bytes: number) => void },
): Promise<BeirFile> => {
  const file: BeirFile = {
    part: "queries",
    fileName: options.fileName,
    bytes: 0,
    texts: new Map(),
    judgements: [],
    badLines: [],
    blankLines: 0,
    repeated: 0,
    kinds: [],
  };
  const kinds = new Kinds();
  const { reading } = await openReading(source, options, (count) => {
    file.bytes += count;
    options.onBytes?.(count);
  });
  let waiting: RawRecord[] = [];
  let take: Taker | null = null;
  const decide = (): Taker => {
    const profiles = profileColumns(waiting);
    const part = partFrom(options.fileName, beirPart(profiles));
    if (part === null) throw unknownPart(options.fileName);
    file.part = part;
    const taker = part === "qrels" ? judgementTaker(profiles) : textTaker(profiles, part === "queries" ? kinds : null);
    for (const record of waiting) taker(record, file);
    waiting = [];
    return taker;
  };
  for await (const batch of reading.items)
    for (const item of batch)
      if (isBadLine(item)) file.badLines.push(item);
      else if (take) take(item, file);
      else if (waiting.push(item) >= SAMPLE) take = decide();
  if (!take) decide();
  file.blankLines = reading.blankLines();
  file.kinds = kinds.names();
  for (const [id, { about, ...text }] of file.texts)
    if (about) {
      const kept = kinds.kept(about, file.kinds);
      file.texts.set(id, kept ? { ...text, about: kept } : text);
    }
  return file;
};

/** Queries and a corpus without titles look alike: there the name has the say. */
const partFrom = (fileName: string, byColumns: BeirPart | null): BeirPart | null => {
  if (byColumns === "qrels" || QRELS_PATH.test(fileName)) return "qrels";
  return partByName(fileName.split("/").at(-1) ?? fileName) ?? byColumns;
};

type Taker = (record: RawRecord, file: BeirFile) => void;
const bad = (record: RawRecord, code: string, reason: string): BadLine =>
  badLine(record.line, recordText(record), code, reason);
const fieldsOf = ({ value }: RawRecord): Record<string, unknown> =>
  typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
const idOf = (value: unknown): string =>
  typeof value === "string" || typeof value === "number" ? String(value).trim() : "";

/** @param kinds  what is told apart by; null where it does not matter */
const textTaker = (profiles: readonly ColumnProfile[], kinds: Kinds | null): Taker => {
  const id =
    (profiles.find(({ name }) => ID.test(name)) ?? profiles.find(({ idForm }) => idForm) ?? profiles[0])?.column ??
    "_id";
  const column = textColumns(profiles)
    .filter((one) => one.column !== id && one.name !== "title")
    .at(-1)?.column;
  const used = new Set([id, "title", "text", ...(column === undefined ? [] : [column])]);
  return (record, file) => {
    const fields = fieldsOf(record);
    const text = asText(fields) ?? (column === undefined ? null : asText(cell(fields, column)));
    const key = idOf(fields[id]);
    if (key === "") file.badLines.push(bad(record, "missing-id", `The id in "${id}" is missing.`));
    else if (text === null || !hasText(text))
      file.badLines.push(bad(record, "missing-document", "The text is missing."));
    else {
      const known = file.texts.get(key);
      if (known === undefined) {
        const about = kinds?.read(fields, used);
        file.texts.set(key, { line: record.line, text, ...(about && { about }) });
      } else if (known.text === text) file.repeated++;
      else
        file.badLines.push(bad(record, "id-twice", `The id stands in line ${known.line} already, with another text.`));
    }
  };
};

const judgementTaker = (profiles: readonly ColumnProfile[]): Taker => {
  const by = (pattern: RegExp, at: number): string =>
    (profiles.find(({ name }) => pattern.test(name)) ?? profiles[at])?.column ?? "";
  // trec_eval's four columns have a constant behind the query.
  const query = by(QUERY_ID, 0);
  const document = by(DOCUMENT_ID, profiles.length > 3 ? 2 : 1);
  const grade = by(/^(scores?|relevance|rel|label|grade)$/, profiles.length > 3 ? 3 : 2);
  /** Of every query and document the judgement that came first. */
  const known = new Map<string, Judgement>();
  return (record, file) => {
    const fields = fieldsOf(record);
    const [asked, found] = [idOf(fields[query]), idOf(fields[document])];
    const score = toScore(fields[grade]);
    const first = known.get(`${asked}\t${found}`);
    if (asked === "" || found === "")
      file.badLines.push(bad(record, "missing-id", "The id of the query or of the document is missing."));
    else if (typeof score !== "number")
      file.badLines.push(bad(record, "missing-score", "The judgement is not a number."));
    else if (first === undefined) {
      const judgement = { line: record.line, query: asked, document: found, score };
      known.set(`${asked}\t${found}`, judgement);
      file.judgements.push(judgement);
    } else if (first.score === score) file.repeated++;
    else
      file.badLines.push(
        bad(record, "judged-twice", `Line ${first.line} judges the same document of the same query as ${first.score}.`),
      );
  };
};

const unknownPart = (fileName: string): StudioError =>
  new StudioError(
    "beir-part-unknown",
    `${fileName} is neither the queries, the corpus nor the judgements of a BEIR set.`,
    "A BEIR set has queries.jsonl and corpus.jsonl (_id, text) and qrels/*.tsv (query-id, corpus-id, score).",
  );
