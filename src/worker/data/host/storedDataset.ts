import {
  BEIR_DIALECT,
  isMixed,
  linesLost,
  openDoubts,
  orderFor,
  type Choice,
  type Finding,
} from "../../../domain/dataset/index.ts";
import { keepNegatives } from "../../../domain/dataset/keepNegatives.ts";
import { holdsPair, type LeftOutPair } from "../../../domain/dataset/leftOut.ts";
import type { PairRow, ParsedDataset } from "../../../domain/dataset/types.ts";
import { at } from "../../../domain/present.ts";
import type { FileBadLine, NewDataset, SplitSettings } from "../protocol.ts";
import type { Decisions, StoredDataset } from "../storage.ts";

/** Pure reads and changes of a stored data set. The files' contents are never altered; decisions lie beside them. */

/** The rows of a data set in the one order that report and split refer to: the main file's, then the test file's. */
export interface DataRows {
  rows: readonly PairRow[];
  /** How many of the last rows are a separate test file's. */
  testRows: number;
  /** Documents beside those of the pairs. */
  corpus: readonly string[];
}

const DEFAULT_SPLIT: SplitSettings = {
  seed: 42,
  order: "random",
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
export const newDataset = (
  { id, createdAt, provenance }: NewDataset,
  source: Blob,
  parsed: ParsedDataset,
  test: ParsedDataset | null = null,
): StoredDataset =>
  withSummary({
    ...UNDECIDED,
    summary: { id, name: parsed.fileName, createdAt, rows: 0, badLines: 0, missing: null },
    source,
    parsed,
    settings: { ...DEFAULT_SPLIT, order: orderFor(parsed.rows) },
    ...(provenance && { provenance }),
    test,
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
      return texts ? keepNegatives(row, (text) => !texts.has(text)) : row;
    });
};

type Rows = Pick<StoredDataset, "parsed" | "test" | "corpus" | "excluded" | "decisions">;
const made = new WeakMap<Rows, DataRows>();

/** The rows that count, after every decision; those of a test file last. Made once for each state of a data set. */
export const rowsOf = (dataset: Rows): DataRows => {
  const known = made.get(dataset) ?? makeRows(dataset);
  made.set(dataset, known);
  return known;
};

const makeRows = ({ parsed, test, corpus, excluded, decisions }: Rows): DataRows => {
  const testRows = withoutPairs(test?.rows ?? [], excluded);
  return {
    rows: [...withoutPairs(decided(parsed.rows, decisions), excluded), ...testRows],
    testRows: testRows.length,
    corpus: [...parsed.corpus, ...(test?.corpus ?? []), ...(corpus?.documents ?? [])],
  };
};

/** Whether two states of a data set have the same rows. */
const sameRows = (a: Rows, b: Rows): boolean =>
  a.parsed === b.parsed &&
  a.test === b.test &&
  a.corpus === b.corpus &&
  a.excluded === b.excluded &&
  a.decisions.droppedLines === b.decisions.droppedLines &&
  a.decisions.droppedNegatives === b.decisions.droppedNegatives;

/** Whether all rows of people are the test: they were given with questions that were written from documents. */
export const testsOnReal = (dataset: Rows & Pick<StoredDataset, "provenance" | "settings">): boolean =>
  dataset.provenance?.source === "documents" &&
  dataset.settings.testReal !== false &&
  dataset.test === null &&
  isMixed(rowsOf(dataset).rows);

/** What was read leniently in any file of the data set; of the files beside the pairs with their name, as a BEIR set's notes have it. */
export const notesOf = ({ parsed, test, corpus }: Pick<StoredDataset, "parsed" | "test" | "corpus">): string[] => [
  ...(parsed.notes ?? []),
  ...(test?.notes ?? []).map((note) => (test?.dialect.name === BEIR_DIALECT ? note : `${test?.fileName}: ${note}`)),
  ...(corpus?.notes ?? []).map((note) => `${corpus?.fileName}: ${note}`),
];

/** Bad lines of all files of the data set. */
export const badLinesOf = (dataset: Pick<StoredDataset, "parsed" | "test" | "corpus">): FileBadLine[] =>
  [dataset.parsed, dataset.test, dataset.corpus].flatMap((file) =>
    file ? file.badLines.map((line) => ({ file: file.fileName, ...line })) : [],
  );

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
  if (bad > 0 && dataset.parsed.rows.length === 0) return "Drop a file with pairs";
  if (bad > 0 && !dataset.leaveOut) return `Decide about ${bad === 1 ? "the bad line" : `the ${bad} bad lines`}`;
  if (dataset.open?.includes("test-only")) return "Bring pairs to train on: these are a test";
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

/** A changed data set, with what follows from the change: its rows' revision and the summary. */
export const changed = (before: StoredDataset, after: StoredDataset): StoredDataset =>
  withSummary({ ...after, revision: (before.revision ?? 0) + (sameRows(before, after) ? 0 : 1) });

/** The data set with its summary brought up to date. */
const withSummary = (dataset: StoredDataset): StoredDataset => {
  const rows = rowsOf(dataset);
  const { summary, parsed, split } = dataset;
  const whole = {
    ...dataset,
    summary: {
      ...summary,
      name: parsed.fileName,
      rows: rows.rows.length,
      badLines: linesLost(badLinesOf(dataset)),
      missing: undecided(dataset) ?? (split ? null : "Make a split"),
    },
  };
  made.set(whole, rows);
  return whole;
};
