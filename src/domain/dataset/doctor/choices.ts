import { keepNegatives } from "../keepNegatives.ts";
import type { BadLine, ParsedDataset } from "../types.ts";
import type { Choice, DoctorReport, Finding } from "./types.ts";

export interface AppliedChoices<Parsed> {
  parsed: Parsed;
  droppedRows: number;
  droppedNegatives: number;
  droppedBadLines: number;
}

/**
 * The data set after the person's choices; the given one stays as it is. Line numbers stay those of the file. Choices
 * must come from one report on `parsed`, because their effects name rows by position.
 */
export const applyChoices = <Parsed extends Pick<ParsedDataset, "rows" | "badLines">>(
  parsed: Parsed,
  choices: readonly Choice[],
): AppliedChoices<Parsed> => {
  const rows = new Set<number>();
  const negatives = new Map<number, Set<number>>();
  let dropBad = false;
  for (const { effect } of choices) {
    if (effect.type === "drop-bad-lines") dropBad = true;
    if (effect.type === "drop-rows") effect.rows.forEach((row) => rows.add(row));
    if (effect.type === "drop-negatives")
      for (const { row, negative } of effect.negatives)
        negatives.set(row, (negatives.get(row) ?? new Set()).add(negative));
  }
  let droppedNegatives = 0;
  const kept = parsed.rows.flatMap((row, i) => {
    if (rows.has(i)) return [];
    const wrong = negatives.get(i);
    if (!wrong) return [row];
    droppedNegatives += wrong.size;
    return [keepNegatives(row, (_, place) => !wrong.has(place))];
  });
  return {
    parsed: { ...parsed, rows: kept, badLines: dropBad ? [] : parsed.badLines },
    droppedRows: parsed.rows.length - kept.length,
    droppedNegatives,
    droppedBadLines: dropBad ? parsed.badLines.length : 0,
  };
};

/** Blocking findings without a choice so far; training waits for them. `chosen` maps finding codes to choice ids. */
export const undecided = (report: DoctorReport, chosen: Readonly<Record<string, string>>): Finding[] =>
  report.findings.filter(
    ({ code, severity, choices }) => severity === "blocking" && !choices.some((choice) => choice.id === chosen[code]),
  );

/** The choices that were made, for `applyChoices`. */
export const chosenChoices = (report: DoctorReport, chosen: Readonly<Record<string, string>>): Choice[] =>
  report.findings.flatMap(({ code, choices }) => choices.filter((choice) => choice.id === chosen[code]));

/** Bad lines as JSONL for download: number, reason and (cut) text. */
export const exportBadLines = (
  parsed: Pick<ParsedDataset, "fileName" | "badLines">,
): { fileName: string; type: string; text: string } => ({
  fileName: `${parsed.fileName.replace(/(\.\w+)?(\.gz)?$/, "")}.bad-lines.jsonl`,
  type: "application/x-ndjson",
  text: parsed.badLines
    .map(({ line, lines, code, reason, text }: BadLine) => `${JSON.stringify({ line, lines, code, reason, text })}\n`)
    .join(""),
});
