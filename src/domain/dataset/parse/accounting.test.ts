import fc from "fast-check";
import { expect, test } from "vitest";
import { linesLost } from "../badLines.ts";
import { parsePairs } from "../../../testing/parsePairs.ts";

/** Lines as people make them: whole, blank, broken in many ways, with stray marks. */
const jsonLine = fc.oneof(
  { weight: 4, arbitrary: fc.record({ query: fc.string(), positive: fc.string() }).map((row) => JSON.stringify(row)) },
  fc.constantFrom(
    "",
    "   ",
    '{"query": "cut',
    "{",
    "}",
    '"text",',
    "plain words",
    '{"query": NaN, "positive": "p"}',
    "{'query': 'a', 'positive': 'b'}",
    "[",
    '{"query": "q", "positive": "p"},',
  ),
);

test("JSONL: every line is part of a row, a bad line or blank", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(jsonLine, { maxLength: 30 }), fc.integer({ min: 1, max: 64 }), async (lines, size) => {
      const good = JSON.stringify({ query: "the first", positive: "line" });
      const parsed = await parsePairs([good, ...lines, good].join("\n"), "pairs.jsonl", null, size);
      const starts = [...parsed.rows, ...parsed.badLines].map(({ line }) => line);
      expect(Math.max(...starts)).toBeLessThanOrEqual(lines.length + 2);
      const counted = parsed.rows.length + linesLost(parsed.badLines) + parsed.blankLines;
      const joined = lines.some((line) => ["{", "[", '{"query": "cut'].includes(line));
      // A record over several lines is one row.
      if (joined) expect(counted).toBeLessThanOrEqual(lines.length + 2);
      else expect(counted).toBe(lines.length + 2);
      expect(parsed.rows[0]).toMatchObject({ line: 1, query: "the first" });
    }),
    { numRuns: 300 },
  );
});

const cellText = fc.oneof(
  fc.constantFrom('"', '""', 'a "b" c', '5"', '"x', "plain", "two words", "", 'x"y"'),
  fc.string({ unit: fc.constantFrom("a", '"', " ", "é", ".") }),
);

test.each(["\t", ",", ";", "|"])(
  "a table separated by %j, never quoted: a line is a row, a bad line or blank",
  async (separator) => {
    const record = fc.oneof(
      { weight: 8, arbitrary: fc.tuple(cellText, cellText).map((cells) => cells.join(separator)) },
      fc.constantFrom("", "  "),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(record, { maxLength: 30 }), fc.integer({ min: 1, max: 64 }), async (records, size) => {
        const content = [`query${separator}positive`, `first${separator}row`, ...records, `last${separator}row`].join(
          "\n",
        );
        const parsed = await parsePairs(content, separator === "\t" ? "t.tsv" : "t.csv", null, size);
        const marks = records.some((text) => text.includes('"'));
        const lost = linesLost(parsed.badLines);
        // Without quotation marks nothing can be joined; with them a row may lawfully hold line breaks.
        const held =
          parsed.rows
            .flatMap(({ query, positives }) => [query, ...positives])
            .join("")
            .split("\n").length - 1;
        expect(parsed.rows.length + lost + parsed.blankLines + (marks ? held : 0)).toBe(records.length + 2);
      }),
      { numRuns: 300 },
    );
  },
);

test("a table written with quoting comes back cell by cell", async () => {
  const quoted = (text: string): string => `"${text.replaceAll('"', '""')}"`;
  const text = fc
    .string({ unit: fc.constantFrom("a", '"', ",", "\n", " ", "ü"), minLength: 1 })
    .map((inner) => `x${inner}x`);
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(text, text), { minLength: 1 }),
      fc.integer({ min: 1, max: 64 }),
      async (rows, size) => {
        const content = ["query,positive", ...rows.map((cells) => cells.map(quoted).join(","))].join("\n");
        const parsed = await parsePairs(content, "t.csv", null, size);
        expect(parsed.rows.map(({ query, positives }) => [query, positives[0]])).toEqual(rows);
      },
    ),
  );
});
