import { expect, it } from "vitest";
import type { TextTokenizer } from "../../src/domain/text/tokenizer.ts";
import type { EmbeddingSession } from "./onnxSession.ts";
import { scoreSession } from "./scoreSession.ts";

/** Each text is its own direction: the letter that it begins with. */
const tokenizer = {
  encode: (prompt: string, text: string) =>
    Int32Array.from([...prompt, ...text], (letter) => letter.charCodeAt(0) - "a".charCodeAt(0)),
} as unknown as TextTokenizer;
const batches: number[][] = [];
const session: EmbeddingSession = {
  dimension: 26,
  run: async (sequences) => {
    batches.push(sequences.map(({ length }) => length));
    return sequences.map(([first = 0]) => Float32Array.from({ length: 26 }, (_, i) => (i === first ? 1 : 0)));
  },
  close: async () => undefined,
};
const letters = [..."abcdefghijklmnopqrst"];
const task = {
  // Of different lengths, the longest first.
  queries: letters.map((letter, i) => ({ text: letter.repeat(20 - i), relevant: [i], component: i })),
  corpus: letters,
  splitHash: "s",
};
const options = { label: "form", tokenizer, prompts: { query: "", document: "" }, maxTokens: 64 };

it("embeds texts of similar length together, gives every vector back to its text, and counts", async () => {
  let counted = 0;
  const scored = await scoreSession(session, task, { ...options, onTexts: (count) => (counted += count) });
  expect(scored.metrics["recall@1"]).toBe(1);
  expect(counted).toBe(40);
  expect(batches[0]).toEqual(Array.from({ length: 16 }, (_, i) => i + 1));
});

it("ends between two batches when its upload is cancelled", async () => {
  const ending = new AbortController();
  batches.length = 0;
  const scoring = scoreSession(session, task, {
    ...options,
    signal: ending.signal,
    onTexts: () => ending.abort(new Error("cancelled")),
  });
  await expect(scoring).rejects.toThrow("cancelled");
  expect(batches).toHaveLength(1);
});
