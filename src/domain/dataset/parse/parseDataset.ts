import { refuseBeirPart } from "../beir/part.ts";
import type { BadLine, Dialect, FileFormat, ParsedDataset, ScoreRule } from "../types.ts";
import { cell } from "./cell.ts";
import { columnsOf, profileColumns } from "./columns.ts";
import { chosenColumns, ownColumns, type ColumnChoice } from "./choice.ts";
import { EVALUATOR_DIALECT, recognizeDialect } from "./dialect.ts";
import { applyScores, type ScoredRow } from "./grade.ts";
import { isBadLine, type Item, type RawRecord, type Reading } from "./item.ts";
import { Kinds } from "./kinds.ts";
import { LIMITS } from "./limits.ts";
import { missingColumns, noRecords, oneColumn, tooManyBadLines, tooManyRows } from "./refusals.ts";
import { OWN_COLUMNS, toRows } from "./row.ts";
import { findScore, ruleOf, ScoreWatch } from "./score.ts";
import { openReading, type ByteSource } from "./open.ts";

export interface ParseOptions {
  fileName: string;
  /** Size on disk, for progress and an early refusal; null when unknown. */
  bytes: number | null;
  /** The columns the person chose; those not named are recognized from the file. */
  dialect?: ColumnChoice | null;
  /** Chosen columns that this file does not have are recognized, not refused: for a second file beside the first. */
  lenient?: boolean;
  onProgress?: (progress: ParseProgress) => void;
  signal?: AbortSignal;
}

export interface ParseProgress {
  /** Bytes of the file read so far (packed bytes for .gz). */
  bytes: number;
  totalBytes: number | null;
  rows: number;
  badLines: number;
}

/**
 * Reads a file of pairs: JSONL, JSON, CSV, TSV or Parquet, each optionally packed with gzip. The content decides the
 * format. Every line becomes a row or a bad line with number, text and reason; only blank lines, and what a score rule
 * leaves out, are merely counted. A file whose lines are all bad is returned as such, so that they can be shown.
 * `dialect.guessed` says that the columns or scores have to be confirmed by the person before the rows are used.
 * Memory: the rows, plus one chunk (JSONL, CSV) or the file (JSON, Parquet); see `LIMITS`.
 * Errors: `dataset-empty`, `dataset-not-text`, `dataset-not-jsonl`, `dataset-not-json`, `dataset-one-column`,
 * `dataset-column-missing`, `dataset-beir-part`, `dataset-several-lists`, `dataset-too-large`,
 * `dataset-too-many-bad-lines`, `dataset-gzip-damaged`, `dataset-parquet-damaged`; an abort throws the signal's reason.
 */
export const parseDataset = async (source: ByteSource, options: ParseOptions): Promise<ParsedDataset> => {
  const progress: ParseProgress = { bytes: 0, totalBytes: options.bytes, rows: 0, badLines: 0 };
  const choice = options.dialect ?? {};
  const { reading, format } = await openReading(
    source,
    options.lenient ? options : { ...options, choice },
    (bytes) => (progress.bytes += bytes),
  );
  const result = await collect(reading, { choice, lenient: options.lenient ?? false, format }, (rows, badLines) => {
    Object.assign(progress, { rows, badLines });
    options.onProgress?.({ ...progress });
  });
  return { fileName: options.fileName, bytes: progress.bytes, format, ...result };
};

/** Records that are looked at before the columns are decided. */
const SAMPLE = 200;

type Collected = Pick<
  ParsedDataset,
  "dialect" | "rows" | "badLines" | "blankLines" | "corpus" | "columns" | "kinds" | "scores" | "graded" | "notes"
>;

/** Turns the records of a reading into rows, by the columns that were chosen or are recognized from the first records. */
const collect = async (
  reading: Reading,
  options: { choice: ColumnChoice; lenient: boolean; format: FileFormat },
  onBatch: (rows: number, badLines: number) => void,
): Promise<Collected> => {
  const collector = new Collector(options.choice, options.lenient, reading.corpus !== undefined);
  for await (const batch of reading.items) {
    for (const item of batch) collector.take(item);
    onBatch(collector.rows.length, collector.badLines.length);
  }
  const result = collector.end();
  if (result.rows.length === 0 && result.badLines.length === 0 && !result.graded) throw noRecords(options.format);
  onBatch(result.rows.length, result.badLines.length);
  const notes = [...(reading.notes?.() ?? []), ...constantScore(result)];
  return {
    ...result,
    blankLines: reading.blankLines(),
    corpus: reading.corpus ?? [],
    ...(notes.length > 0 ? { notes } : {}),
  };
};

/** A score that never changes tells nothing, and is said not to have been used. */
const constantScore = ({ dialect, scores }: Pick<Collected, "dialect" | "scores">): string[] =>
  scores && !dialect.score && dialect.score !== null && scores.min === scores.max
    ? [`The score in "${scores.column}" is always ${scores.min}; it was not used.`]
    : [];

class Collector {
  readonly rows: ScoredRow[] = [];
  readonly badLines: BadLine[] = [];
  private waiting: RawRecord[] = [];
  private dialect: Dialect | null;
  private columns: string[] = [];
  private readonly kinds = new Kinds();
  /** Columns that are texts or scores of the pairs, and so no kinds of them. */
  private used: ReadonlySet<string> = new Set();
  private scoreColumn: string | null = null;
  private watch: ScoreWatch | null = null;
  /** Chosen columns that no record had so far. */
  private unseen: string[] = [];

  constructor(
    private choice: ColumnChoice,
    private readonly lenient: boolean,
    evaluator: boolean,
  ) {
    this.dialect = evaluator ? EVALUATOR_DIALECT : null;
  }

  take(item: Item): void {
    if (isBadLine(item)) this.bad(item);
    else if (this.dialect !== null) this.keep(item, this.dialect);
    else if (this.waiting.push(item) >= SAMPLE) this.decide();
  }

  private decide(): void {
    const records = this.waiting;
    const profiles = profileColumns(records);
    this.columns = profiles.map(({ column }) => column);
    if (this.lenient) this.choice = ownColumns(this.choice, this.columns);
    const { query, positive, score, scoreColumn } = this.choice;
    this.unseen = chosenColumns(this.choice).filter((column) => !this.columns.includes(column));
    const lost = this.unseen.filter((column) => column === query || column === positive);
    if (lost.length > 0 && this.columns.length > 0) throw missingColumns(lost, this.columns);
    if (query === undefined && positive === undefined) refuseBeirPart(profiles);
    const dialect = recognizeDialect(profiles, this.choice);
    if (dialect === null && profiles.length > 0) throw oneColumn(profiles);
    // Where no line is a record there are no columns to ask about.
    this.dialect = dialect ?? {
      name: "query/positive",
      query: "query",
      positive: "positive",
      negative: [],
      guessed: false,
    };
    this.scoreColumn =
      score === null ? null : (score?.column ?? scoreColumn ?? findScore(profiles, records, this.dialect.positive));
    this.watch = this.scoreColumn === null ? null : new ScoreWatch(this.scoreColumn);
    const { query: asked, queryInput = "", positive: right, negative, teacher } = this.dialect;
    const scores = [this.scoreColumn, teacher?.positive, teacher?.negative].filter(
      (column) => typeof column === "string",
    );
    const texts = [asked, queryInput, right, ...negative, ...scores];
    this.used = new Set([...texts, ...texts.map((column) => column.split(".")[0] ?? column), ...OWN_COLUMNS]);
    this.waiting = [];
    for (const record of records) this.keep(record, this.dialect);
  }

  private keep(record: RawRecord, dialect: Dialect): void {
    if (this.unseen.length > 0) {
      const seen = columnsOf([record]);
      this.unseen = this.unseen.filter((column) => !seen.includes(column));
    }
    const rows = toRows(record, dialect);
    if ("code" in rows) return this.bad(rows);
    const score = this.scoreColumn === null ? null : cell(record.value as Record<string, unknown>, this.scoreColumn);
    this.watch?.add(score);
    const about = this.kinds.read(record.value, this.used);
    for (const row of rows) this.rows.push({ row: about ? { ...row, about } : row, score });
    if (this.rows.length > LIMITS.rows) throw tooManyRows();
  }

  private bad(line: BadLine): void {
    this.badLines.push(line);
    if (this.badLines.length > LIMITS.badLines) throw tooManyBadLines();
  }

  /** Takes from the rows what turned out to be no kind. */
  private settleKinds(): string[] {
    const names = this.kinds.names();
    for (const [i, { row, score }] of this.rows.entries()) {
      if (!row.about) continue;
      const { about, ...rest } = row;
      const kept = this.kinds.kept(about, names);
      this.rows[i] = { row: kept ? { ...rest, about: kept } : rest, score };
    }
    return names;
  }

  /** Columns that were chosen in vain are refused; scores are applied when it is clear what they mean. */
  end(): Pick<Collected, "dialect" | "rows" | "badLines" | "columns" | "kinds" | "scores" | "graded"> {
    if (this.dialect === null) this.decide();
    const dialect = this.dialect as unknown as Dialect;
    if (this.unseen.length > 0 && this.rows.length > 0) throw missingColumns(this.unseen, this.columns);
    const scores = this.watch?.summary() ?? null;
    const rule: ScoreRule | null = this.choice.score ?? (scores && ruleOf(scores));
    const kinds = this.settleKinds();
    const whole = { rows: this.rows.map(({ row }) => row), badLines: this.badLines };
    const { rows, badLines, ...graded } = rule ? applyScores(this.rows, rule) : { ...whole, badLines: [] };
    const open = scores !== null && rule === null && scores.min < scores.max;
    const doubts = [...(dialect.doubts ?? []), ...(open ? ["score" as const] : [])];
    return {
      dialect: {
        ...dialect,
        ...(rule || this.choice.score === null ? { score: rule } : {}),
        ...(doubts.length > 0 ? { guessed: true, doubts } : {}),
      },
      rows,
      badLines: [...this.badLines, ...badLines].sort((a, b) => a.line - b.line),
      columns: this.columns,
      ...(kinds.length > 0 ? { kinds } : {}),
      ...(scores ? { scores } : {}),
      ...graded,
    };
  }
}
