import { linesLost } from "../badLines.ts";
import { openDoubts } from "../openDoubts.ts";
import type { ColumnDoubt, ParsedDataset } from "../types.ts";
import { counted, finding, keep } from "./examined.ts";
import type { Finding } from "./types.ts";

/** What the reading of the file says about it. */
export type FileFacts = Pick<
  ParsedDataset,
  "rows" | "badLines" | "format" | "dialect" | "scores" | "graded" | "notes" | "testOnly"
>;

/** Columns and scores that only the person can tell, lines that are no pairs, and what was read leniently. */
export const fileFindings = (parsed: FileFacts, columnsConfirmed: boolean): Finding[] => [
  ...(parsed.rows.length > 0
    ? openDoubts(parsed.dialect, columnsConfirmed).flatMap((doubt) => doubtful(parsed, doubt))
    : []),
  ...badLines(parsed),
  ...testOnly(parsed),
  ...gradedPairs(parsed),
  ...readLeniently(parsed),
];

const GUESSES: Record<Exclude<ColumnDoubt, "score">, string> = {
  names: "The names of the columns say nothing; two of them were guessed to be the query and the document.",
  documents: "Several columns could be the document that answers the query; the likeliest of them was taken.",
  ids: "The query or the document looks like ids, not like texts.",
};

const doubtful = (parsed: FileFacts, doubt: ColumnDoubt): Finding[] => {
  if (doubt === "score") return openScore(parsed);
  return [
    finding(parsed, "columns-guessed", "blocking", [], {
      sentence: GUESSES[doubt],
      advice: "Look at the preview, then change the columns or confirm them.",
      choices: [keep("The columns are right")],
    }),
  ];
};

const openScore = (parsed: FileFacts): Finding[] => {
  const { scores } = parsed;
  if (!scores) return [];
  return [
    finding(parsed, "score-open", "blocking", [], {
      count: scores.count,
      sentence: `The pairs carry a score in "${scores.column}", from ${scores.min} to ${scores.max}; it is open from which one on a pair is a match.`,
      advice:
        "Without a threshold, pairs that do not match would be learnt as matches. Choose one, or say that the score does not matter.",
    }),
  ];
};

const badLines = (parsed: FileFacts): Finding[] => {
  const lost = linesLost(parsed.badLines);
  if (lost === 0) return [];
  // Without the bad lines of a file that has no others nothing would be left.
  const some = parsed.rows.length > 0;
  return [
    {
      ...finding(parsed, "bad-lines", "blocking", [], {
        count: lost,
        sentence: `${counted(lost, parsed.format === "parquet" || parsed.format === "json" ? "row" : "line")} cannot be read as ${lost === 1 ? "a pair" : "pairs"}.`,
        advice: `Each is listed with its reason and can be downloaded. Mend the file${some ? ", or go on without them" : " and drop it again"}.`,
        choices: some
          ? [
              {
                id: "drop-bad-lines",
                label: `Leave out ${counted(lost, "bad line")}`,
                effect: { type: "drop-bad-lines" },
              },
            ]
          : [],
      }),
      lines: parsed.badLines.map((line) => line.line),
    },
  ];
};

const testOnly = (parsed: FileFacts): Finding[] =>
  parsed.testOnly && parsed.rows.length > 0
    ? [
        finding(parsed, "test-only", "blocking", [], {
          count: parsed.rows.length,
          sentence: `These judgements are a test (${counted(parsed.rows.length, "query", "queries")}), and the set has none to train on.`,
          advice:
            "To train, add judgements of a train split (qrels/train.tsv), or open your training pairs first and drop this set on them as their test. To score a model on it: npm run evaluate -- --beir DIR.",
          choices: [keep("Cut it into train, dev and test all the same")],
        }),
      ]
    : [];

const gradedPairs = (parsed: FileFacts): Finding[] => {
  const { graded, dialect } = parsed;
  if (!graded || !dialect.score) return [];
  const { negatives, leftOut, unmatched } = graded;
  if (negatives + leftOut + unmatched === 0) return [];
  const parts = [
    negatives > 0 && `${counted(negatives, "document is a hard negative", "documents are hard negatives")}`,
    leftOut > 0 && `${counted(leftOut, "document is", "documents are")} left out`,
    unmatched > 0 &&
      `${counted(unmatched, "document is", "documents are")} left out because no row has a right document for the same query`,
  ].filter(Boolean);
  return [
    {
      ...finding(parsed, "scores-applied", "info", [], {
        count: negatives + leftOut + unmatched,
        sentence: `By the score in "${dialect.score.column}", ${parts.join(", ")}.`,
        advice: `A pair counts as a match from ${dialect.score.min} on.`,
      }),
      lines: graded.lines,
    },
  ];
};

const readLeniently = (parsed: FileFacts): Finding[] => {
  const { notes = [] } = parsed;
  if (notes.length === 0) return [];
  return [
    finding(parsed, "read-leniently", "info", [], {
      count: notes.length,
      sentence: notes.join(" "),
      advice: "Nothing has to be decided; compare the preview with the file.",
    }),
  ];
};
