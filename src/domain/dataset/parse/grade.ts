import type { BadLine, Graded, PairRow, ScoreRule } from "../types.ts";
import { badLine } from "./item.ts";
import { toScore } from "./score.ts";

/** A row with what stands in its score column: one score, or one for each document. */
export interface ScoredRow {
  row: PairRow;
  score: unknown;
}

/** Line numbers that are kept of what is left out. */
const LINES = 100;

/**
 * Parts rows by their scores: matches stay, low documents become hard negatives of a row with the same query, what lies
 * between is left out. A low document whose query has no right one anywhere is left out as unmatched. A row without a
 * score is a bad line.
 */
export const applyScores = (
  scored: readonly ScoredRow[],
  rule: ScoreRule,
): { rows: PairRow[]; badLines: BadLine[]; graded: Graded } => {
  const graded: Graded = { matches: 0, negatives: 0, leftOut: 0, unmatched: 0, lines: [] };
  const badLines: BadLine[] = [];
  const rows: PairRow[] = [];
  const byQuery = new Map<string, PairRow>();
  const low: { row: PairRow; texts: string[] }[] = [];
  const note = (line: number): void => {
    if (graded.lines.length < LINES && graded.lines.at(-1) !== line) graded.lines.push(line);
  };
  for (const { row, score } of scored) {
    const parts = part(row, score, rule);
    if ("code" in parts) {
      badLines.push(parts);
      continue;
    }
    graded.matches += parts.right.length;
    graded.leftOut += parts.between;
    if (parts.between > 0) note(row.line);
    if (parts.right.length === 0) {
      if (parts.wrong.length > 0) low.push({ row, texts: [...parts.wrong, ...row.negatives] });
      continue;
    }
    graded.negatives += parts.wrong.length;
    const kept = {
      ...row,
      positives: parts.right,
      negatives: [...row.negatives, ...parts.wrong],
      ...(row.teacher && {
        teacher: { ...row.teacher, positives: parts.places.map((place) => row.teacher?.positives[place] ?? null) },
      }),
    };
    rows.push(kept);
    if (!byQuery.has(row.query)) byQuery.set(row.query, kept);
  }
  for (const { row, texts } of low) {
    const match = byQuery.get(row.query);
    if (match) {
      match.negatives.push(...texts);
      graded.negatives += texts.length;
    } else {
      graded.unmatched += texts.length;
      note(row.line);
    }
  }
  graded.lines.sort((a, b) => a - b);
  return { rows, badLines, graded };
};

interface Parts {
  right: string[];
  /** Their places among the row's documents. */
  places: number[];
  wrong: string[];
  between: number;
}

const part = (row: PairRow, score: unknown, { column, min, negativeBelow }: ScoreRule): Parts | BadLine => {
  const bad = (code: string, reason: string): BadLine =>
    badLine(row.line, JSON.stringify({ query: row.query, documents: row.positives }), code, reason);
  const several = Array.isArray(score);
  if (several && score.length !== row.positives.length)
    return bad("wrong-type", `"${column}" holds ${score.length} scores for ${row.positives.length} documents.`);
  const parts: Parts = { right: [], places: [], wrong: [], between: 0 };
  for (const [i, text] of row.positives.entries()) {
    const value = toScore(several ? (score[i] as unknown) : score);
    if (value === null)
      return bad("missing-score", `The score in "${column}" is missing, so nothing says whether the pair is a match.`);
    if (value === undefined) return bad("wrong-type", `The score in "${column}" is not a number.`);
    if (value >= min) {
      parts.right.push(text);
      parts.places.push(i);
    } else if (negativeBelow !== null && value < negativeBelow) parts.wrong.push(text);
    else parts.between++;
  }
  return parts;
};
