import type { ParsedDataset } from "../types.ts";
import { collect } from "./collect.ts";
import type { ColumnChoice } from "./choice.ts";
import { openReading } from "./open.ts";
import type { ByteSource } from "./source.ts";

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
  const result = await collect(reading, { choice, lenient: options.lenient ?? false }, (rows, badLines) => {
    Object.assign(progress, { rows, badLines });
    options.onProgress?.({ ...progress });
  });
  return { fileName: options.fileName, bytes: progress.bytes, format, ...result };
};
