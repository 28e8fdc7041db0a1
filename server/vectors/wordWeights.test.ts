import { describe, expect, it } from "vitest";
import { mostOf, splitWords, type Weighted } from "./wordWeights.ts";

const word = (passages: number, weight: number): Weighted => ({ word: BigInt(passages), passages, weight });
const [everywhere, often, seldom, rare] = [word(900, 0.1), word(400, 0.8), word(30, 3), word(2, 5)] as const;

describe("the split of a question's words", () => {
  it("leaves out the words that cannot lift a passage above the k-th best", () => {
    expect(splitWords([everywhere, rare, seldom, often], 10)).toEqual({
      walked: [rare, seldom],
      common: [often, everywhere],
    });
    expect(mostOf([often, everywhere])).toBeCloseTo(1.98);
  });

  it("walks through so many words that k passages may hold them", () => {
    expect(splitWords([everywhere, rare, seldom, often], 100).common).toEqual([everywhere]);
    expect(splitWords([everywhere, rare], 1000)).toEqual({ walked: [rare, everywhere], common: [] });
    expect(splitWords([everywhere], 1).walked).toEqual([everywhere]);
    expect(splitWords([], 10)).toEqual({ walked: [], common: [] });
  });
});
