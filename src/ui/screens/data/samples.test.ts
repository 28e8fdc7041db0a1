import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { diagnose, parseDataset } from "../../../domain/dataset/index.ts";
import { rankBm25 } from "../../../domain/evaluation/bm25.ts";
import { at } from "../../../domain/present.ts";
import { SAMPLE_PAIRS, SAMPLES } from "./fileTypes.ts";

const read = (path: string) => {
  const file = new Blob([readFileSync(new URL(`../../../../public${path}`, import.meta.url))]);
  return parseDataset(file.stream(), { fileName: path, bytes: file.size });
};

test("the sample holds as many pairs as the buttons say, three questions a passage on average, and nothing to settle", async () => {
  const sample = await read(SAMPLES.good);
  const queries = sample.rows.map(({ query }) => query);
  const passages = new Set(sample.rows.flatMap(({ positives }) => positives));
  expect([queries.length, new Set(queries).size, passages.size]).toEqual([SAMPLE_PAIRS, SAMPLE_PAIRS, 398]);
  expect((await diagnose(sample)).findings).toEqual([]);
});

test("word matching finds the right passage of the sample among ten for four questions in ten", async () => {
  const { rows } = await read(SAMPLES.good);
  const corpus = [...new Set(rows.flatMap(({ positives }) => positives))];
  const { top } = rankBm25(
    rows.map(({ query }) => query),
    corpus,
    10,
  );
  const found = rows.filter(({ positives }, row) => at(top, row).some((id) => corpus[id] === positives[0])).length;
  expect((100 * found) / rows.length).toBeCloseTo(41.3, 1);
});

test("the sample with errors has its six bad lines where its notes say, and forty pairs of the sample", async () => {
  const [flawed, sample] = await Promise.all([read(SAMPLES.flawed), read(SAMPLES.good)]);
  expect(flawed.badLines.map(({ line, code }) => [line, code])).toEqual([
    [7, "not-json"],
    [13, "missing-positive"],
    [19, "empty-query"],
    [26, "wrong-type"],
    [34, "not-json"],
    [41, "missing-query"],
  ]);
  const pair = ({ query, positives }: { query: string; positives: string[] }) => JSON.stringify([query, ...positives]);
  const known = new Set(sample.rows.map(pair));
  expect(flawed.rows.map(pair).filter((row) => known.has(row))).toHaveLength(40);
  expect(flawed.rows).toHaveLength(40);
});
