import { StudioError } from "../../errors.ts";
import type { FileFormat } from "../types.ts";
import type { ColumnProfile } from "./columns.ts";
import { textColumns } from "./guess.ts";
import { LIMITS } from "./limits.ts";

/** Why a whole file cannot be used, and what to do. */

export const emptyFile = (entry: "document" | "pair of query and document"): StudioError =>
  new StudioError("dataset-empty", "The file is empty.", `Drop a file with one ${entry} a line.`);

/** There is a header, or an empty list, and nothing else. */
export const noRecords = (format: FileFormat): StudioError =>
  new StudioError(
    "dataset-empty",
    format === "csv" || format === "tsv" ? "The file has a header, but no rows below it." : "The file holds no pairs.",
    "Drop a file with one pair of query and document a line.",
  );

export const oneColumn = (profiles: readonly ColumnProfile[]): StudioError => {
  const texts = textColumns(profiles).map(({ column }) => `"${column}"`);
  const others = profiles.length > texts.length ? "; the others hold ids, numbers or nothing" : "";
  return new StudioError(
    "dataset-one-column",
    texts.length === 0
      ? `No column with texts was found (${profiles
          .map(({ column }) => column)
          .slice(0, 10)
          .join(", ")}); a pair needs a query and a document.`
      : `Only one column with text was found (${texts.join(", ")}${others}); a pair needs a query and a document.`,
    'Give each line a query and a document, such as {"query": "…", "positive": "…"}.',
  );
};

export const missingColumns = (missing: readonly string[], columns: readonly string[]): StudioError =>
  new StudioError(
    "dataset-column-missing",
    `The file has no column ${missing.map((column) => `"${column}"`).join(" or ")}.`,
    columns.length > 0
      ? `Its columns are ${columns
          .slice(0, 30)
          .map((column) => `"${column}"`)
          .join(", ")}.`
      : "It has no columns.",
  );

export const tooManyBadLines = (): StudioError =>
  new StudioError(
    "dataset-too-many-bad-lines",
    `More than ${LIMITS.badLines.toLocaleString("en")} lines cannot be read as pairs.`,
    "Check that the right columns are chosen and that the file is a list of pairs.",
  );

export const tooManyRows = (): StudioError =>
  new StudioError(
    "dataset-too-many-rows",
    `The file holds more than ${LIMITS.rows.toLocaleString("en")} pairs.`,
    "Train on a sample: some 10,000 to 100,000 pairs are usually enough.",
  );
