import { orderFor } from "../../../domain/dataset/index.ts";
import type { DoctorReport, MinedLabels } from "../../../domain/dataset/index.ts";
import type { PairRow, Split } from "../../../domain/dataset/types.ts";
import type { DatasetView, MinedView, PreviewRow, ReportView, SplitView } from "../protocol.ts";
import type { StoredDataset } from "../storage.ts";
import { badLinesOf, rowsOf, testsOnReal, undecided } from "./storedDataset.ts";

/** Rows and characters of a text in the preview; bad lines that come with a view. */
const PREVIEW_ROWS = 6;
const PREVIEW_CHARACTERS = 220;
const FIRST_BAD_LINES = 100;
/** Line numbers that come with a finding. */
const FINDING_LINES = 12;

const cut = (text: string): string =>
  text.length > PREVIEW_CHARACTERS ? `${text.slice(0, PREVIEW_CHARACTERS).trimEnd()}…` : text;

const previewOf = ({ line, query, positives, negatives }: PairRow): PreviewRow => ({
  line,
  query: cut(query),
  positive: cut(positives[0] ?? ""),
  morePositives: positives.length - 1,
  negative: negatives[0] === undefined ? null : cut(negatives[0]),
  moreNegatives: Math.max(0, negatives.length - 1),
});

const splitView = ({ seed, hash, train, dev, test, component }: Split, rows: number): SplitView => ({
  seed,
  hash,
  train: train.length,
  dev: dev.length,
  test: test.length,
  left: rows - train.length - dev.length - test.length,
  groups: new Set(component).size,
});

const minedView = ({ made, negatives, queries, suspects, suspected }: MinedLabels): MinedView => ({
  made,
  negatives: negatives.reduce((sum, { documents }) => sum + documents.length, 0),
  queriesWithNegatives: negatives.length,
  queries,
  suspects,
  suspected,
});

const devRowsOf = ({ rows }: { rows: readonly PairRow[] }): number => rows.filter(({ side }) => side === "dev").length;

/** What the page is told of a data set. */
export const viewOf = (dataset: StoredDataset): DatasetView => {
  const { parsed, test, corpus, decisions, split, mined } = dataset;
  const { rows: _rows, badLines: _badLines, corpus: _corpus, ...file } = parsed;
  const badLines = badLinesOf(dataset);
  const { rows, corpus: extra } = rowsOf(dataset);
  const { summary, leaveOut, columnsConfirmed, settings, excluded } = dataset;
  return {
    summary,
    file,
    test: test && { name: test.fileName, rows: test.rows.length, dev: devRowsOf(test) },
    corpus: corpus && { name: corpus.fileName, documents: corpus.documents.length },
    realTest: testsOnReal(dataset),
    extraDocuments: extra.length,
    unsaved: dataset.unsaved ?? null,
    revision: dataset.revision ?? 0,
    preview: rows.slice(0, PREVIEW_ROWS).map(previewOf),
    hasNegatives: rows.some(({ negatives }) => negatives.length > 0),
    badLines: badLines.slice(0, FIRST_BAD_LINES),
    badRecords: badLines.length,
    filesWithBadLines: [parsed, test, corpus].filter((file) => file && file.badLines.length > 0).length,
    leaveOut,
    columnsConfirmed,
    settings,
    timed: orderFor(rows) === "time",
    provenance: dataset.provenance ?? null,
    excluded,
    decided: {
      droppedRows: decisions.droppedLines.length,
      droppedNegatives: decisions.droppedNegatives.length,
      kept: decisions.kept,
    },
    undecided: undecided(dataset),
    split: split && splitView(split, rows.length),
    mined: mined ? minedView(mined) : null,
  };
};

/** A report without the places of rows, which the page has no rows for. */
export const reportView = ({ findings, ...figures }: DoctorReport): ReportView => ({
  ...figures,
  findings: findings.map(({ code, severity, sentence, advice, count, lines, choices }) => ({
    code,
    severity,
    sentence,
    advice,
    count,
    lines: lines.slice(0, FINDING_LINES),
    lineCount: lines.length,
    choices: choices.map(({ id, label, effect }) => ({ id, label, effect: effect.type })),
  })),
});
