import { at } from "../../present.ts";
import { counted, dropRows, finding, keep, type Examined } from "./examined.ts";
import type { Finding } from "./types.ts";

/** A text that is both a right and a wrong answer to one query, also when two rows say so. */
export const conflictingLabels = (examined: Examined): Finding[] => {
  const { index, rows } = examined;
  const right = new Map<number, Set<number>>();
  rows.forEach((_, row) => {
    const query = at(index.query, row);
    const texts = right.get(query) ?? new Set();
    index.positives[row]?.forEach((text) => texts.add(text));
    right.set(query, texts);
  });
  const negatives: { row: number; negative: number }[] = [];
  rows.forEach((_, row) =>
    index.negatives[row]?.forEach((text, negative) => {
      if (right.get(at(index.query, row))?.has(text)) negatives.push({ row, negative });
    }),
  );
  if (negatives.length === 0) return [];
  const affected = [...new Set(negatives.map(({ row }) => row))];
  return [
    finding(examined, "conflicting-labels", "blocking", affected, {
      count: negatives.length,
      sentence: `${counted(negatives.length, "document is", "documents are")} given as both right and wrong for the same query.`,
      advice: "The model would be pulled both ways. Usually the hard negative is the mistake.",
      choices: [
        {
          id: "drop-negatives",
          label: `Remove ${counted(negatives.length, "negative")}`,
          effect: { type: "drop-negatives", negatives },
        },
        dropRows(`Leave out ${counted(affected.length, "row")}`, affected),
        keep("Keep them"),
      ],
    }),
  ];
};

/** A query that is its own document, or the document of another row. */
export const queriesAsDocuments = (examined: Examined): Finding[] => {
  const { index, rows } = examined;
  const documents = new Set<number>();
  rows.forEach((_, row) => index.positives[row]?.forEach((text) => documents.add(text)));
  const own: number[] = [];
  const other: number[] = [];
  rows.forEach((_, row) => {
    const query = at(index.query, row);
    if (index.positives[row]?.includes(query)) own.push(row);
    else if (documents.has(query)) other.push(row);
  });
  const found: Finding[] = [];
  if (own.length > 0)
    found.push(
      finding(examined, "query-equals-document", "warning", own, {
        sentence: `${counted(own.length, "row has", "rows have")} the same text as query and as document.`,
        advice: "Such a pair needs no training and teaches nothing.",
        choices: [dropRows(`Leave out ${counted(own.length, "row")}`, own), keep("Keep them")],
      }),
    );
  if (other.length > 0)
    found.push(
      finding(examined, "query-is-document", "info", other, {
        sentence: `${counted(other.length, "query is", "queries are")} also the document of another row.`,
        advice: "That is normal for pairs of similar sentences; otherwise the columns may be swapped.",
        choices: [keep("Keep them"), dropRows(`Leave out ${counted(other.length, "row")}`, other)],
      }),
    );
  return found;
};
