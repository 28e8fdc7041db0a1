import { at } from "../../present.ts";
import { originOf } from "../origin.ts";
import { linesLost } from "../badLines.ts";
import { indexTexts, leakingRows, nearDuplicates, rowComponents, type GraphOptions } from "../split/textGraph.ts";
import type { PairRow, ParsedDataset } from "../types.ts";
import { languageShares, mixedLanguages, personalData } from "./contents.ts";
import { duplicates } from "./duplicates.ts";
import { counted, dropRows, finding, keep, type Examined } from "./examined.ts";
import { conflictingLabels, queriesAsDocuments } from "./labels.ts";
import { estimateLengths, summarize, truncation } from "./lengths.ts";
import { fileFindings, type FileFacts } from "./file.ts";
import { detectableEffect, size } from "./size.ts";
import type { DoctorReport, Finding, Severity, TokenLengths } from "./types.ts";

export interface DiagnoseOptions extends Pick<GraphOptions, "negatives"> {
  /** Exact token counts, aligned with `lengthTexts`; estimated and said to be when absent. */
  tokenLengths?: TokenLengths;
  /** The length at which the model cuts. */
  maxTokens?: number;
  /** Rows of a separate test file; those that it has for dev are marked. */
  test?: readonly PairRow[];
  /** People's rows among written ones are all the test. */
  testReal?: boolean;
  /** The person has a test cut into sides all the same. */
  cutTest?: boolean;
  /** The person already confirmed guessed columns. */
  columnsConfirmed?: boolean;
  /** Share of the slow part that is done, 0 … 1. */
  onProgress?: (share: number) => void;
}

const ORDER: Severity[] = ["blocking", "warning", "info"];

/**
 * Examines a parsed file: what is wrong with it, what it holds, and what may be chosen. It changes nothing
 * (`applyChoices` does). Row indices are those of `parsed.rows`. Linear in the text, apart from near duplicates.
 */
export const diagnose = (
  parsed: FileFacts & Pick<ParsedDataset, "blankLines">,
  options: DiagnoseOptions = {},
): DoctorReport => {
  const start = performance.now();
  const { maxTokens = 256, test = [], tokenLengths } = options;
  const { rows } = parsed;
  const index = indexTexts([...rows, ...test]);
  const near = nearDuplicates(index, options.onProgress);
  const component = rowComponents(index, options, near).slice(0, rows.length);
  const examined: Examined = { rows, index, near, component };
  const lengths = tokenLengths ?? estimateLengths(rows);
  const unit = tokenLengths ? "tokens" : "estimated tokens";
  const documentLanguages = languageShares(rows, (row) => at(row.positives, 0));
  const sizes = new Map<number, number>();
  for (const group of component) sizes.set(group, (sizes.get(group) ?? 0) + 1);

  const devRows = test.filter(({ side }) => side === "dev").length;
  // A test that nothing is trained on is not cut: all of it tests.
  const uncut = parsed.testOnly === true && options.cutTest !== true;
  const held = uncut ? rows.length : test.length - devRows;
  const tested = options.testReal ? rows.filter((row) => originOf(row) === "real").length : held;

  const findings: Finding[] = [
    ...fileFindings(parsed, options.columnsConfirmed ?? false),
    ...size(examined, tested, { negatives: options.negatives, uncut }),
    ...testLeak(examined, test.length, options),
    ...conflictingLabels(examined),
    ...queriesAsDocuments(examined),
    ...duplicates(examined),
    ...truncation(examined, lengths, maxTokens, tokenLengths === undefined),
    ...personalData(examined),
    ...mixedLanguages(examined, documentLanguages),
  ];
  return {
    rows: rows.length,
    testRows: test.length - devRows,
    devRows,
    badLines: linesLost(parsed.badLines),
    blankLines: parsed.blankLines,
    distinctQueries: new Set(index.query.subarray(0, rows.length)).size,
    distinctDocuments: new Set(index.positives.slice(0, rows.length).flatMap((texts) => [...texts])).size,
    groups: sizes.size,
    largestGroup: rows.length === 0 ? 0 : Math.max(...sizes.values()) / rows.length,
    lengths: { queries: summarize(lengths.queries, unit), documents: summarize(lengths.documents, unit) },
    languages: { queries: languageShares(rows, (row) => row.query), documents: documentLanguages },
    detectableEffect: detectableEffect(sizes.size, tested),
    findings: findings.sort((a, b) => ORDER.indexOf(a.severity) - ORDER.indexOf(b.severity)),
    seconds: (performance.now() - start) / 1000,
  };
};

/** Rows that would let the model see the test's texts. */
const testLeak = (examined: Examined, testRows: number, options: GraphOptions): Finding[] => {
  const { rows, index, near } = examined;
  if (testRows === 0) return [];
  const exact = leakingRows(index, rows.length, null, options.negatives);
  const all = leakingRows(index, rows.length, near, options.negatives);
  if (all.length === 0) return [];
  const nearly = all.length - exact.length;
  const choices = [dropRows(`Leave out ${counted(all.length, "row")}`, all)];
  if (nearly > 0 && exact.length > 0)
    choices.push({
      ...dropRows(`Leave out only the ${counted(exact.length, "row")} with equal texts`, exact),
      id: "drop-equal",
    });
  if (exact.length === 0) choices.push(keep("Keep them: they are similar, not equal"));
  return [
    finding(examined, "test-leak", "blocking", all, {
      sentence: `${counted(all.length, "row shares", "rows share")} a query or document with the test file${nearly > 0 ? ` (${nearly.toLocaleString("en")} of them nearly the same text)` : ""}.`,
      advice: "If the model learns from them, the test looks better than real use.",
      choices,
    }),
  ];
};
