import type { DoctorReport } from "../../src/domain/dataset/index.ts";
import type { Problem } from "../../src/domain/errors.ts";

/** Bad lines and line numbers that are listed; the counts are always whole. */
export const SHOWN = 100;

export type SplitPreview = { train: number; dev: number; test: number; hash: string } | Problem;

/** What a check prints. */
interface CheckResult extends ReturnType<typeof withoutTexts> {
  fingerprint: string;
  /** What line numbers count, `line` or `row`. */
  place: string;
  badLineList: { line: number; reason: string }[];
  split: SplitPreview;
  ready: boolean;
}

/** The report for a log or a pipe: line numbers instead of row indices and effects. */
export const withoutTexts = (report: DoctorReport) => ({
  ...report,
  findings: report.findings.map(({ code, severity, sentence, advice, count, lines: found, choices }) => ({
    code,
    severity,
    sentence,
    advice,
    count,
    lines: found.slice(0, SHOWN),
    choices: choices.map(({ id, label }) => ({ id, label })),
  })),
});

/** Advice for a terminal, where the report's own speaks of the page. */
const ADVICE: Partial<Record<DoctorReport["findings"][number]["code"], string>> = {
  "columns-guessed": "Look at the columns above; --query-column, --document-column and --score-column name them.",
  "score-open": "Give --min-score X, or --score-column none when the score does not matter.",
  "bad-lines": "Each is named above with its reason. Mend the file, or give --skip-bad-lines to train and evaluate.",
  "read-leniently": "Nothing has to be decided; compare what was read with the file.",
  "one-group": "Bring a separate test file (--test FILE), or remove texts that most of the rows share.",
};

const MARKS = { blocking: "✗", warning: "!", info: "·" } as const;

/** The report in words, a line each. */
export const checkLines = (result: CheckResult): string[] => {
  const { lengths, languages, split, place } = result;
  const { unit, median, p95, max } = lengths.documents;
  const shares = languages.documents.slice(0, 4);
  return [
    `${result.distinctQueries} queries, ${result.distinctDocuments} documents, ${result.groups} independent ${result.groups === 1 ? "group" : "groups"}`,
    `${unit} of a document: median ${median}, 95 % up to ${p95}, longest ${max}`,
    ...(shares.length > 0
      ? [
          `languages of the documents (a rough guess): ${shares.map(({ language, share }) => `${language} ${Math.round(share * 100)} %`).join(", ")}`,
        ]
      : []),
    `fingerprint ${result.fingerprint}`,
    ...result.badLineList.slice(0, 10).map(({ line, reason }) => `  ${place} ${line}: ${reason}`),
    ...result.findings.flatMap(({ code, severity, sentence, advice }) => [
      `${MARKS[severity]} ${sentence}`,
      `  ${ADVICE[code] ?? advice}`,
    ]),
    "code" in split
      ? `No split: ${split.message} ${split.hint}`
      : `Split: ${split.train} train, ${split.dev} dev, ${split.test} test (${split.hash.slice(0, 12)})`,
    result.ready ? "Ready for training." : "Not ready: decide or mend what is marked ✗.",
  ];
};
