import fc from "fast-check";
import { expect, test } from "vitest";
import { at } from "../present.ts";
import { fingerprintDataset } from "./fingerprint.ts";
import { parseDataset } from "./parse/parseDataset.ts";
import type { PairRow } from "./types.ts";

const text = fc.string({ minLength: 1, maxLength: 12 });
const rows = fc.array(
  fc.record({
    line: fc.nat(),
    query: text,
    positives: fc.array(text, { minLength: 1, maxLength: 3 }),
    negatives: fc.array(text, { maxLength: 2 }),
  }),
  { minLength: 1, maxLength: 8 },
);

test("row order and line numbers do not change the fingerprint", () => {
  fc.assert(
    fc.property(rows, (list) => {
      const mixed = [...list].reverse().map((row) => ({ ...row, line: row.line + 1 }));
      expect(fingerprintDataset(mixed)).toBe(fingerprintDataset(list));
    }),
  );
});

test("any change of a text, a label, a repetition, the corpus or the instruction changes it", () => {
  fc.assert(
    fc.property(rows, fc.nat(), (list, pick) => {
      const place = pick % list.length;
      const row = at(list, place);
      const changed = (next: PairRow[], options = {}) =>
        expect(fingerprintDataset(next, options)).not.toBe(fingerprintDataset(list));
      const replace = (next: Partial<PairRow>) => list.map((old, i) => (i === place ? { ...old, ...next } : old));
      changed(replace({ query: `${row.query} ` }));
      changed(replace({ positives: row.positives.map((p, i) => (i === 0 ? `${p}!` : p)) }));
      changed(replace({ positives: row.positives.slice(1), negatives: [...row.negatives, at(row.positives, 0)] }));
      changed([...list, row]);
      changed(list, { instruction: "Find the answer" });
      changed(list, { instruction: "" });
      changed(list, { corpus: [""] });
    }),
  );
});

test("the order of JSON keys does not change it, and it holds no text", async () => {
  const parse = async (content: string) => {
    const file = new Blob([content]);
    return (await parseDataset(file.stream(), { fileName: "x.jsonl", bytes: file.size })).rows;
  };
  const a = fingerprintDataset(
    await parse('{"query":"q","positive":"p","negatives":["n"]}\n{"query":"r","positive":"s"}'),
  );
  const b = fingerprintDataset(
    await parse('{"positive":"s","query":"r"}\n\n{"negatives":["n"],"positive":"p","query":"q"}'),
  );
  expect(a).toBe(b);
  expect(a).toMatch(/^[0-9a-f]{64}$/);
});
