import { createReadStream, statSync } from "node:fs";
import { basename } from "node:path";
import { examplesOfRow, linesLost, parseDataset, type ColumnChoice } from "../../src/domain/dataset/index.ts";
import type { ParsedDataset, TrainingExample } from "../../src/domain/dataset/types.ts";
import type { ChosenByFlags } from "./columnFlags.ts";
import { columnLines, columnQuestion, placeOf } from "./columnWords.ts";
import { UsageError } from "./problems.ts";

/** Bad lines that are named; the rest is counted. */
const SHOWN = 5;

/** Reads a file by its columns as flags name them, the others as they are recognized. */
export const parsePairs = async (
  path: string,
  { choice, min, negativeBelow }: ChosenByFlags = NOTHING_CHOSEN,
  lenient = false,
): Promise<ParsedDataset> => {
  const parse = (dialect: ColumnChoice) =>
    parseDataset(createReadStream(path), { fileName: basename(path), bytes: statSync(path).size, dialect, lenient });
  const { scoreColumn, ...columns } = choice;
  if (min !== null && scoreColumn !== undefined)
    return parse({ ...columns, score: { column: scoreColumn, min, negativeBelow } });
  const parsed = await parse(choice);
  // A threshold without a column means the one that is found.
  if (min === null) return parsed;
  if (parsed.scores) return parse({ ...columns, score: { column: parsed.scores.column, min, negativeBelow } });
  if (lenient) return parsed;
  throw new UsageError(
    "usage",
    `--min-score: no column of ${basename(path)} holds scores.`,
    "Name it with --score-column.",
  );
};

const NOTHING_CHOSEN: ChosenByFlags = { choice: {}, min: null, negativeBelow: null };

export interface ReadOptions {
  chosen: ChosenByFlags;
  /** Goes on without the lines that cannot be read. */
  skipBadLines: boolean;
  /** Flags name columns of another file, and hold here where this one has them. */
  lenient?: boolean;
}

/**
 * Reads a file of pairs and says on stderr which columns were taken and what could not be read.
 *
 * @throws UsageError when lines cannot be read and are not to be skipped, when no row is left, or when the columns would have to be guessed
 */
export const readPairs = async (
  flag: string,
  path: string,
  { chosen, skipBadLines, lenient }: ReadOptions,
): Promise<ParsedDataset> => {
  const parsed = await parsePairs(path, chosen, lenient);
  const question = columnQuestion(parsed);
  if (question && parsed.rows.length > 0)
    throw new UsageError("usage", `--${flag}: ${question.message}`, question.hint);
  sayRead(parsed);
  if (parsed.rows.length === 0)
    throw new UsageError(
      "usage",
      `--${flag}: no line of ${basename(path)} is a pair.`,
      'Each line is an object such as {"query": "…", "positive": "…"}.',
    );
  if (!skipBadLines) refuseBadLines(flag, parsed);
  return parsed;
};

/** Bad lines may be the sign of a broken file: whether they are left out is the person's choice. @throws UsageError */
export const refuseBadLines = (flag: string, parsed: ParsedDataset): void => {
  const lost = linesLost(parsed.badLines);
  if (lost === 0) return;
  const place = placeOf(parsed);
  throw new UsageError(
    "usage",
    `--${flag}: ${lost} ${place}${lost === 1 ? "" : "s"} of ${parsed.fileName} cannot be read; the first are named above.`,
    `Mend ${lost === 1 ? "it" : "them"}, or give --skip-bad-lines to go on with the other ${parsed.rows.length} pairs.`,
  );
};

/** Says on stderr how a file was read, and names its first bad lines. */
export const sayRead = (parsed: ParsedDataset): void => {
  for (const line of columnLines(parsed)) console.error(line);
  for (const { line, reason } of parsed.badLines.slice(0, SHOWN))
    console.error(`${parsed.fileName}, ${placeOf(parsed)} ${line}: ${reason}`);
  if (parsed.badLines.length > SHOWN) console.error(`… and ${parsed.badLines.length - SHOWN} more bad lines`);
};

/** One example for every positive of every row, in file order. */
export const examplesOf = ({ rows }: ParsedDataset): TrainingExample[] => rows.flatMap(examplesOfRow);
