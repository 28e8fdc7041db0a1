import { expect, test } from "vitest";
import { checkLines } from "./dataCheckWords.ts";

test("advice in a terminal names flags, not switches of the page", () => {
  const finding = (code: string, advice: string) => ({
    code,
    severity: "blocking",
    sentence: "So it is.",
    advice,
    count: 1,
    lines: [],
    choices: [],
  });
  const lines = checkLines({
    distinctQueries: 2,
    distinctDocuments: 1,
    groups: 1,
    lengths: { documents: { unit: "words", median: 3, p95: 4, max: 5 } },
    languages: { documents: [] },
    fingerprint: "f",
    badLineList: [],
    place: "line",
    findings: [
      finding("one-group", "switch “Keep near duplicates together” off"),
      finding("few-pairs", "Collect more."),
    ],
    split: { code: "c", message: "None.", hint: "Mend it." },
    ready: false,
  } as unknown as Parameters<typeof checkLines>[0]);
  expect(lines.filter((line) => line.startsWith("  "))).toEqual([
    "  Bring a separate test file (--test FILE), or remove texts that most of the rows share.",
    "  Collect more.",
  ]);
  expect(lines[0]).toBe("2 queries, 1 documents, 1 independent group");
});
