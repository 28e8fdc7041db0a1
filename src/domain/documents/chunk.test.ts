import { expect, it } from "vitest";
import { chunkText } from "./chunk.ts";

const count = (text: string) => text.split(" ").length;

it("takes the end mark of the sentence before from a piece, and leaves the text's own beginning", async () => {
  const text = "! is the type of what never returns. It stands alone? Nobody knows! Some do.";
  const chunks = await chunkText(text, "text/plain", { size: 8, overlap: 0, count });
  expect(chunks[0]?.text).toMatch(/^! is the type/);
  expect(chunks.slice(1).every(({ text: piece }) => /^\p{L}/u.test(piece))).toBe(true);
  expect(chunks.length).toBeGreaterThan(1);
});
