import { describe, expect, it } from "vitest";
import type { ParsedDataset } from "../../../domain/dataset/types.ts";
import { BEIR_DIALECT, type Finding } from "../../../domain/dataset/index.ts";
import type { StoredDataset } from "../storage.ts";
import {
  changed,
  newDataset,
  notesOf,
  openFindings,
  rereadWith,
  rowsOf,
  undecided,
  withChoice,
} from "./storedDataset.ts";

const parsed = (patch: Partial<ParsedDataset> = {}): ParsedDataset => ({
  fileName: "pairs.jsonl",
  bytes: 1,
  dialect: { name: "query/positive", query: "query", positive: "positive", negative: [] },
  rows: [1, 2, 4].map((line) => ({ line, query: `q${line}`, positives: [`p${line}`], negatives: ["n", `p${line}`] })),
  badLines: [],
  blankLines: 0,
  corpus: [],
  ...patch,
});
const dataset = (patch: Partial<ParsedDataset> = {}) =>
  newDataset({ id: "id", createdAt: "2026-01-01" }, new Blob(), parsed(patch));
const choice = (effect: Finding["choices"][number]["effect"]) => ({ id: "c", label: "l", effect });

describe("notesOf", () => {
  it("tells what was read leniently in any of the files, and in which", () => {
    const corpus = { fileName: "more.txt", bytes: 1, documents: [], badLines: [], blankLines: 0, notes: ["Read so."] };
    expect(notesOf({ ...dataset({ notes: ["A comma too many."] }), corpus })).toEqual([
      "A comma too many.",
      "more.txt: Read so.",
    ]);
    expect(notesOf(dataset())).toEqual([]);
    // A set's notes name its files themselves.
    const named = (name: string) =>
      parsed({ notes: ["So."], dialect: { name, query: "q", positive: "p", negative: [] } });
    expect(notesOf({ ...dataset(), test: named("query/positive") })).toEqual(["pairs.jsonl: So."]);
    expect(notesOf({ ...dataset(), test: named(BEIR_DIALECT) })).toEqual(["So."]);
  });
});

describe("undecided", () => {
  it("asks for another file where no line of it is a pair, and for a decision where some are", () => {
    const bad = { line: 1, text: "x", code: "not-utf8", reason: "It is damaged." };
    expect(undecided(dataset({ rows: [], badLines: [bad] }))).toBe("Drop a file with pairs");
    expect(undecided(dataset({ badLines: [bad] }))).toBe("Decide about the bad line");
  });
});

describe("rowsOf", () => {
  it("puts the rows of a test file last and says how many they are", () => {
    const both = { ...dataset(), test: parsed({ rows: [{ line: 1, query: "t", positives: ["u"], negatives: [] }] }) };
    expect(rowsOf(both).rows.map(({ query }) => query)).toEqual(["q1", "q2", "q4", "t"]);
    expect(rowsOf(both).testRows).toBe(1);
  });

  it("leaves out flagged pairs only where query and document are theirs", () => {
    const flagged = {
      ...dataset(),
      excluded: [
        { query: "q2", positives: ["p2"] },
        { query: "q1", positives: ["x"] },
      ],
    };
    expect(rowsOf(flagged).rows.map(({ line }) => line)).toEqual([1, 4]);
  });
});

describe("withChoice", () => {
  it("drops rows by their place among the rows that are left, not by their place in the file", () => {
    const once = withChoice(dataset(), "duplicate-rows", choice({ type: "drop-rows", rows: [0] }));
    const twice = withChoice(once, "duplicate-rows", choice({ type: "drop-rows", rows: [0] }));
    expect(rowsOf(twice).rows.map(({ line }) => line)).toEqual([4]);
    expect(twice.parsed.rows).toHaveLength(3);
  });

  it("removes single negatives and keeps the row", () => {
    const changed = withChoice(
      dataset(),
      "conflicting-labels",
      choice({ type: "drop-negatives", negatives: [{ row: 1, negative: 1 }] }),
    );
    expect(rowsOf(changed).rows[1]).toMatchObject({ line: 2, negatives: ["n"] });
  });
});

describe("changed", () => {
  it("counts a change of the rows, and no other", () => {
    const before = dataset();
    const count = (after: StoredDataset) => changed(before, after).revision;
    expect(count({ ...before, leaveOut: true, settings: { ...before.settings, seed: 7 } })).toBe(0);
    expect(count(withChoice(before, "test-leak", choice({ type: "keep" })))).toBe(0);
    expect(count(withChoice(before, "duplicate-rows", choice({ type: "drop-rows", rows: [0] })))).toBe(1);
    expect(count({ ...before, excluded: [{ query: "q1", positives: ["p1"] }] })).toBe(1);
    expect(count(rereadWith(before, parsed(), true))).toBe(1);
  });

  it("brings the summary up to date", () => {
    const before = dataset();
    const after = withChoice(before, "duplicate-rows", choice({ type: "drop-rows", rows: [0] }));
    expect(changed(before, after).summary).toMatchObject({ rows: 2, missing: "Make a split" });
  });
});

describe("undecided", () => {
  it("waits for guessed columns, then bad lines, then findings", () => {
    const bad = { line: 3, text: "x", code: "not-json", reason: "r" };
    const open = dataset({ badLines: [bad], dialect: { ...parsed().dialect, guessed: true } });
    expect(undecided(open)).toBe("Confirm the columns");
    const confirmed = { ...open, columnsConfirmed: true };
    expect(undecided(confirmed)).toBe("Decide about the bad line");
    const left = { ...confirmed, leaveOut: true, open: ["conflicting-labels"] };
    expect(undecided(left)).toBe("Decide about the finding in the report");
    expect(undecided({ ...left, open: [] })).toBeNull();
  });
});

describe("rows of one line", () => {
  it("are left out one by one", () => {
    const rows = [0, 1, 2].map((part) => ({
      line: 7,
      ...(part > 0 ? { part } : {}),
      query: `q${part}`,
      positives: ["p"],
      negatives: [],
    }));
    const without = withChoice(dataset({ rows }), "duplicate-rows", choice({ type: "drop-rows", rows: [1] }));
    expect(rowsOf(without).rows.map(({ query }) => query)).toEqual(["q0", "q2"]);
    const first = withChoice(without, "duplicate-rows", choice({ type: "drop-rows", rows: [0] }));
    expect(rowsOf(first).rows.map(({ query }) => query)).toEqual(["q2"]);
  });
});

describe("openFindings", () => {
  const finding = (
    code: Finding["code"],
    severity: Finding["severity"],
    choices = [choice({ type: "keep" })],
  ): Finding => ({
    code,
    severity,
    sentence: "",
    advice: "",
    count: 1,
    rows: [],
    lines: [],
    choices,
  });

  it("asks only for blocking findings with a choice that was not made yet", () => {
    const findings = [
      finding("conflicting-labels", "blocking"),
      finding("test-leak", "blocking"),
      finding("duplicate-rows", "warning"),
      finding("too-few-pairs", "blocking", []),
      finding("bad-lines", "blocking"),
    ];
    expect(openFindings(findings, { droppedLines: [], droppedNegatives: [], kept: ["test-leak"] })).toEqual([
      "conflicting-labels",
    ]);
  });
});
