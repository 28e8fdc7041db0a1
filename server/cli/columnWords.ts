import { columnUse, linesLost, openDoubts, UNUSED_RULE } from "../../src/domain/dataset/index.ts";
import type { ParsedDataset, ScoreSummary } from "../../src/domain/dataset/types.ts";

const quoted = (columns: readonly string[]): string => columns.map((column) => `"${column}"`).join(", ");
const shell = (column: string): string => (/^[\w.-]+$/.test(column) ? column : `"${column}"`);

/** How a file was read, in a few lines: columns taken and not used, scores, counts, what was read leniently. */
export const columnLines = (parsed: ParsedDataset): string[] => {
  const { dialect, columns = [], format, rows, badLines, graded, notes = [] } = parsed;
  const { query, queryInput, positive, negative, score } = dialect;
  const { teacher, kinds, unused } = columnUse(parsed);
  const named = columns.length > 0;
  const lost = linesLost(badLines);
  const devRows = rows.filter(({ side }) => side === "dev").length;
  return [
    named
      ? `${parsed.fileName} (${format}): query ${quoted([query, ...(queryInput ? [queryInput] : [])])}, document ${quoted([positive])}, hard negatives ${negative.length > 0 ? quoted(negative) : "none"}${unused.length > 0 ? `; not used: ${unused.join(", ")}` : ""}`
      : `${parsed.fileName}: ${dialect.name}`,
    ...(score && graded
      ? [
          `  score "${score.column}": ${graded.matches} matches from ${score.min} on, ${graded.negatives} hard negatives, ${graded.leftOut} left out, ${graded.unmatched} low ones without a right document for their query${graded.lines.length > 0 ? ` (${placeOf(parsed)}s ${shortList(graded.lines)})` : ""}`,
        ]
      : []),
    ...(teacher.length > 0 ? [`  a teacher's scores: ${quoted(teacher)}`] : []),
    `  ${rows.length} pairs${devRows > 0 ? ` (${devRows} of them for dev)` : ""}, ${lost} ${placeOf(parsed)}${lost === 1 ? "" : "s"} lost`,
    ...(kinds.length > 0 ? [`  results can be parted by ${quoted(kinds)}`] : []),
    ...(kinds.length > 0 && unused.length > 0 ? [`  ${UNUSED_RULE}`] : []),
    ...notes.map((note) => `  ${note}`),
  ];
};

/** What line numbers of a file count: a Parquet file and a JSON list have rows. */
export const placeOf = ({ format }: Pick<ParsedDataset, "format">): string =>
  format === "parquet" || format === "json" ? "row" : "line";

const shortList = (lines: readonly number[]): string =>
  `${lines.slice(0, 10).join(", ")}${lines.length > 10 ? ", …" : ""}`;

/** What is open about the columns and which flags settle it; null when nothing is. */
export const columnQuestion = (parsed: ParsedDataset): { message: string; hint: string } | null => {
  const { dialect, columns = [], scores, fileName } = parsed;
  const [doubt] = openDoubts(dialect);
  if (doubt === undefined) return null;
  if (doubt === "score" && scores) return scoreQuestion(scores, fileName);
  const { query, positive, negative } = dialect;
  const flags = [
    `--query-column ${shell(query)}`,
    `--document-column ${shell(positive)}`,
    ...negative.map((column) => `--negative-column ${shell(column)}`),
  ].join(" ");
  const WHAT = {
    names: "The names of its columns do not say which is the query and which the document",
    documents: "Several of its columns could be the document",
    ids: "Its query or document column looks like ids",
    score: "Its scores need a threshold",
  };
  return {
    message: `${fileName}: ${WHAT[doubt]}.`,
    hint: `Say which they are, for example ${flags}. The columns are ${quoted(columns)}.`,
  };
};

const scoreQuestion = ({ column, min, max, values, count, missing, suggested }: ScoreSummary, fileName: string) => {
  const all = values ? values.map(([value, times]) => `${value} (${times})`).join(", ") : `${min} to ${max}`;
  const without = missing > 0 ? `, ${missing} without` : "";
  return {
    message: `${fileName}: "${column}" is a score: ${all}; ${count} documents with one${without}. It does not say which scores count as a match.`,
    hint: `Give --score-column ${shell(column)} --min-score ${suggested} (and --negative-below X to use low ones as hard negatives), or --score-column none to take every pair as a match.`,
  };
};
