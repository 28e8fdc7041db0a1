import { StudioError } from "../../errors.ts";
import { evaluateRankings } from "../evaluate.ts";
import { DEPTH } from "../metrics.ts";
import type { Rankings } from "../rank.ts";
import type { RankedTask, RetrievalEvaluation } from "../types.ts";
import { placesOf } from "./places.ts";

/** Another system's ranking of a test, scored, and what was found in its file. */
export interface ExternalRun {
  evaluation: RetrievalEvaluation;
  /** In sentences: what was left out, and what the reader took otherwise than it stands. */
  notes: string[];
}

/** A ranked document; −1 is one that the test does not have. */
interface Ranked {
  document: number;
  score: number;
  rank: number;
}

/** Characters of a name that are shown. */
const NAME = 40;
/** Columns of a line: query, `Q0`, document, rank, score, tag. */
const COLUMNS = 5;

/**
 * Scores a TREC run file (`qid Q0 docid rank score tag`) by the ids of `trecRun` and `trecTexts`, which are the set's own where it has some. As in
 * trec_eval the scores decide the order, whatever stands as rank; equal scores keep their ranks (trec_eval takes the ids
 * backwards), so that a run written here comes back as it was. Documents that the test does not have keep their places and
 * count as wrong. A query without a line has an empty ranking.
 *
 * @param name  shown where the file carries no tag, or several
 * @throws StudioError `run-empty`, `run-unreadable`, `run-ids-unknown`
 */
export const readTrecRun = (text: string, task: RankedTask, name: string): ExternalRun => {
  const lines = text.replace(/^\ufeff/, "").split(/\r\n|\n|\r/);
  const places = placesOf(task, firstFields(lines));
  const ranked = new Map<number, Ranked[]>();
  const seen = new Set<string>();
  const tags = new Set<string>();
  const lost = { short: new Lost(), score: new Lost(), query: new Lost(), document: new Lost(), twice: new Lost() };
  let read = 0;
  let known = 0;
  for (const [at, line] of lines.entries()) {
    if (line.trim() === "") continue;
    read++;
    const fields = line.trim().split(/\s+/);
    const [query = "", , document = "", rank = "", score = "", ...tag] = fields;
    const value = Number(score);
    if (fields.length < COLUMNS) lost.short.add(at);
    else if (!Number.isFinite(value)) lost.score.add(at);
    else {
      const place = places.query(query);
      if (place === null) {
        lost.query.add(at);
        continue;
      }
      const index = places.document(document);
      // Two ids of one text are one document.
      const key = `${place}\t${index ?? `?${document}`}`;
      if (seen.has(key)) {
        lost.twice.add(at);
        continue;
      }
      seen.add(key);
      if (index === null) lost.document.add(at);
      else known++;
      tags.add(tag.join(" "));
      const one = { document: index ?? -1, score: value, rank: Number(rank) };
      if (!ranked.get(place)?.push(one)) ranked.set(place, [one]);
    }
  }
  if (read === 0) throw empty(name);
  if (known === 0)
    throw lost.query.count + lost.document.count > 0
      ? unknownIds(name, read, task.ids !== undefined)
      : unreadable(name, read);
  const [tag = ""] = tags;
  const label = (tags.size === 1 && tag !== "" ? tag : name).slice(0, NAME);
  const { rankings, reordered } = sorted(ranked, task.queries.length);
  const evaluation = evaluateRankings(task, rankings, label, 0);
  const missing = task.queries.filter(({ relevant }, query) => relevant.length > 0 && !ranked.has(query)).length;
  return {
    evaluation: { ...evaluation, external: true },
    notes: [
      ...lost.short.said(
        "lacks columns of qid Q0 docid rank score tag and is left out",
        "lack columns of qid Q0 docid rank score tag and are left out",
      ),
      ...lost.score.said(
        "has a score that is no number and is left out",
        "have a score that is no number and are left out",
      ),
      ...lost.query.said(
        "names a query that this test does not have and is left out",
        "name a query that this test does not have and are left out",
      ),
      ...lost.document.said(
        "names a document that this test does not have; it keeps its place and counts as wrong",
        "name a document that this test does not have; they keep their places and count as wrong",
      ),
      ...lost.twice.said(
        "ranks a document a second time for the same query; the first line counts",
        "rank a document a second time for the same query; the first line counts",
      ),
      ...(missing > 0
        ? [`${counted(missing, "query has", "queries have")} no line: an empty ranking, which finds nothing.`]
        : []),
      ...(reordered > 0
        ? [
            `In ${counted(reordered, "query", "queries")} ranks and scores disagree; the scores decide, as in trec_eval.`,
          ]
        : []),
    ],
  };
};

function* firstFields(lines: readonly string[]): Generator<string> {
  for (const line of lines) yield line.trimStart().split(/\s/, 1)[0] ?? "";
}

/** Lines of one fault: how many, and the first. */
class Lost {
  count = 0;
  private first = 0;
  add(at: number): void {
    if (this.count++ === 0) this.first = at + 1;
  }
  said(one: string, many: string): string[] {
    if (this.count === 0) return [];
    if (this.count === 1) return [`Line ${this.first} ${one}.`];
    return [`${this.count.toLocaleString("en")} lines (the first is line ${this.first}) ${many}.`];
  }
}

const counted = (count: number, one: string, many: string): string =>
  `${count.toLocaleString("en")} ${count === 1 ? one : many}`;

/** By score, of equals by rank, then as they stand in the file. */
const sorted = (
  ranked: ReadonlyMap<number, readonly Ranked[]>,
  queries: number,
): { rankings: Rankings; reordered: number } => {
  const rankings: Rankings = {
    top: Array.from({ length: queries }, () => []),
    scores: Array.from({ length: queries }, () => []),
  };
  let reordered = 0;
  for (const [query, list] of ranked) {
    const order = [...list].sort((a, b) => b.score - a.score || a.rank - b.rank || 0);
    if (order.some(({ rank }, i) => i > 0 && rank < (order[i - 1]?.rank ?? rank))) reordered++;
    rankings.top[query] = order.slice(0, DEPTH).map(({ document }) => document);
    rankings.scores[query] = order.slice(0, DEPTH).map(({ score }) => score);
  }
  return { rankings, reordered };
};

const FORM = "A run file has a line for each ranked document: qid Q0 docid rank score tag.";

const empty = (name: string): StudioError => new StudioError("run-empty", `${name} is empty.`, FORM);

const unreadable = (name: string, lines: number): StudioError =>
  new StudioError("run-unreadable", `None of the ${counted(lines, "line", "lines")} of ${name} can be read.`, FORM);

const unknownIds = (name: string, lines: number, own: boolean): StudioError =>
  new StudioError(
    "run-ids-unknown",
    `None of the ${counted(lines, "line", "lines")} of ${name} names a query and a document of this test.`,
    `The ids are ${own ? "those of the set's own files, or " : ""}q0, q1, … and d0, d1, …: export queries and documents by TREC id, and let the other system rank those.`,
  );
