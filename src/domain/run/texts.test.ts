import { expect, test } from "vitest";
import type { RetrievalTask } from "../evaluation/types.ts";
import { aboutRunTexts, packRunTexts, unpackRunTexts, type RunTexts } from "./texts.ts";

const task = (patch: Partial<RetrievalTask> = {}): RetrievalTask => ({
  queries: [
    { text: "how to 排序 a list 😀", relevant: [0, 2], component: 5 },
    { text: "\ufefflöschen", relevant: [], component: 0 },
  ],
  corpus: ["sort it 😀", "delete it", "naïve sorting"],
  splitHash: "a".repeat(64),
  taskHash: "b".repeat(64),
  ...patch,
});
const texts: RunTexts = {
  examples: [
    {
      query: "how to 排序 a list 😀",
      positive: "sort it 😀",
      negatives: ["delete it", "naïve sorting"],
      scores: [2.5, null, -1e-9],
    },
    { query: "another", positive: "delete it", negatives: [] },
  ],
  dev: task({ taskHash: undefined }),
  test: task({
    measuredOn: "generated questions",
    ids: { queries: [["PLAIN-2", "2 bis"], ["PLAIN-3"]], corpus: [["d"], [], ["löschen"]] },
  }),
};

test("run texts come back as they were, whatever their script", () => {
  const { taskHash: _, ...dev } = task();
  expect(unpackRunTexts(packRunTexts(texts))).toEqual({ ...texts, dev });
  expect(unpackRunTexts(packRunTexts({ ...texts, dev: null }))).toEqual({ ...texts, dev: null });
  const empty: RunTexts = { examples: [], dev: null, test: { queries: [], corpus: [], splitHash: "" } };
  expect(unpackRunTexts(packRunTexts(empty))).toEqual(empty);
});

test("each distinct text is packed once, and what is said beside is kept", () => {
  const long = "a document that stands in the examples and in both tasks ".repeat(200);
  const side = task({ corpus: [long], queries: [{ text: "q", relevant: [0], component: 0 }] });
  const file = packRunTexts(
    { examples: [{ query: "q", positive: long, negatives: [] }], dev: side, test: side },
    { base: "x" },
  );
  expect(file.byteLength).toBeLessThan(long.length + 2_500);
  expect(aboutRunTexts(file)).toMatchObject({ base: "x" });
});

test("a damaged file is refused by name", () => {
  const file = packRunTexts(texts);
  expect(() => unpackRunTexts(file.subarray(0, file.length - 8))).toThrow(
    expect.objectContaining({ code: "safetensors-invalid" }),
  );
});
