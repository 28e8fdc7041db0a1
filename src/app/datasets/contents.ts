import { linesLost, openDoubts, type Choice, type Finding } from "../../domain/dataset/index.ts";
import type { PairRow, ParsedDataset } from "../../domain/dataset/types.ts";
import { at } from "../../domain/present.ts";
import type { DataRows, Decisions, LeftOutPair, SplitSettings, StoredDataset } from "./ports.ts";

/** Pure views and changes of a stored data set. The files' contents are never altered; decisions lie beside them. */

const DEFAULT_SPLIT: SplitSettings = {
  seed: 42,
  dev: 0.1,
  test: 0.2,
  nearDuplicates: true,
  negatives: "join",
  leaks: "refuse",
};

const UNDECIDED: Pick<StoredDataset, "leaveOut" | "columnsConfirmed" | "decisions" | "open" | "split"> = {
  leaveOut: false,
  columnsConfirmed: false,
  decisions: { droppedLines: [], droppedNegatives: [], kept: [] },
  open: null,
  split: null,
};

/** A data set as it is first stored. */
export const newDataset = (id: string, createdAt: string, source: Blob, parsed: ParsedDataset): StoredDataset =>
  withSummary({
    ...UNDECIDED,
    summary: { id, name: parsed.fileName, createdAt, rows: 0, badLines: 0, missing: null },
    source,
    parsed,
    settings: DEFAULT_SPLIT,
    test: null,
    corpus: null,
    excluded: [],
  });

/** The same file read with other columns or scores: every decision about its rows is open again. */
export const rereadWith = (
  dataset: StoredDataset,
  parsed: ParsedDataset,
  columnsConfirmed: boolean,
): StoredDataset => ({
  ...dataset,
  ...UNDECIDED,
  parsed,
  columnsConfirmed,
});

/** Rows of the same query with at least one of the pair's positives hold the pair. */
export const holdsPair = (row: Pick<PairRow, "query" | "positives">, pairs: readonly LeftOutPair[]): boolean =>
  pairs.some(({ query, positives }) => query === row.query && row.positives.some((text) => positives.includes(text)));

const withoutPairs = (rows: readonly PairRow[], excluded: readonly LeftOutPair[]): PairRow[] =>
  excluded.length === 0 ? [...rows] : rows.filter((row) => !holdsPair(row, excluded));

/** Tells a row of the file from all others. */
const rowKey = ({ line, part }: PairRow): number | string => (part === undefined ? line : `${line}/${part}`);

const decided = (rows: readonly PairRow[], { droppedLines, droppedNegatives }: Decisions): PairRow[] => {
  const dropped = new Set(droppedLines);
  const wrong = new Map<number, Set<string>>();
  for (const { line, text } of droppedNegatives) wrong.set(line, (wrong.get(line) ?? new Set()).add(text));
  return rows
    .filter((row) => !dropped.has(rowKey(row)))
    .map((row) => {
      const texts = wrong.get(row.line);
      return texts ? { ...row, negatives: row.negatives.filter((text) => !texts.has(text)) } : row;
    });
};

/** The rows that count, after every decision; those of a test file last. */
export const rowsOf = (
  dataset: Pick<StoredDataset, "parsed" | "test" | "corpus" | "excluded" | "decisions">,
): DataRows => {
  const { excluded, decisions } = dataset;
  const test = withoutPairs(dataset.test?.rows ?? [], excluded);
  return {
    rows: [...withoutPairs(decided(dataset.parsed.rows, decisions), excluded), ...test],
    testRows: test.length,
    corpus: [...dataset.parsed.corpus, ...(dataset.test?.corpus ?? []), ...(dataset.corpus?.documents ?? [])],
  };
};

/** Bad lines of all files of the data set. */
export const badLinesOf = (dataset: Pick<StoredDataset, "parsed" | "test" | "corpus">) => [
  ...[dataset.parsed, dataset.test, dataset.corpus].flatMap((file) =>
    file ? file.badLines.map((line) => ({ file: file.fileName, ...line })) : [],
  ),
];

/** Findings that have a place of their own on the screen, or that the split itself explains with a way out. */
const ELSEWHERE: ReadonlySet<string> = new Set(["bad-lines", "columns-guessed", "score-open"]);

/** Findings that must be decided before a split is made: blocking ones with a choice that was not made. */
export const openFindings = (findings: readonly Finding[], { kept }: Decisions): string[] =>
  findings
    .filter(({ code, severity, choices }) => severity === "blocking" && choices.length > 0 && !ELSEWHERE.has(code))
    .map(({ code }) => code)
    .filter((code) => !kept.includes(code));

/** What the person has to decide before a split is made, as an order; null when nothing is open. */
export const undecided = (dataset: StoredDataset): string | null => {
  const bad = linesLost(badLinesOf(dataset));
  const doubts = openDoubts(dataset.parsed.dialect, dataset.columnsConfirmed);
  if (doubts.some((doubt) => doubt !== "score")) return "Confirm the columns";
  if (doubts.length > 0) return "Say from which score on a pair is a match";
  if (bad > 0 && !dataset.leaveOut) return `Decide about ${bad === 1 ? "the bad line" : `the ${bad} bad lines`}`;
  const open = dataset.open?.length ?? 0;
  if (open > 0)
    return open === 1 ? "Decide about the finding in the report" : `Decide about the ${open} findings in the report`;
  return null;
};

/** The data set after a choice of the doctor's. Effects name rows by their position in {@link rowsOf}. */
export const withChoice = (dataset: StoredDataset, code: string, { effect }: Choice): StoredDataset => {
  const { decisions } = dataset;
  const { rows } = rowsOf(dataset);
  switch (effect.type) {
    case "keep":
      return code === "columns-guessed"
        ? { ...dataset, columnsConfirmed: true }
        : { ...dataset, decisions: { ...decisions, kept: [...new Set([...decisions.kept, code])] } };
    case "drop-bad-lines":
      return { ...dataset, leaveOut: true };
    case "drop-rows": {
      const lines = effect.rows.map((row) => rowKey(at(rows, row)));
      return { ...dataset, decisions: { ...decisions, droppedLines: [...decisions.droppedLines, ...lines] } };
    }
    case "drop-negatives": {
      const texts = effect.negatives.map(({ row, negative }) => ({
        line: at(rows, row).line,
        text: at(at(rows, row).negatives, negative),
      }));
      return { ...dataset, decisions: { ...decisions, droppedNegatives: [...decisions.droppedNegatives, ...texts] } };
    }
  }
};

/** The data set with its summary brought up to date. */
export const withSummary = (dataset: StoredDataset): StoredDataset => ({
  ...dataset,
  summary: {
    ...dataset.summary,
    name: dataset.parsed.fileName,
    rows: rowsOf(dataset).rows.length,
    badLines: linesLost(badLinesOf(dataset)),
    missing: undecided(dataset) ?? (dataset.split ? null : "Make a split"),
  },
});
