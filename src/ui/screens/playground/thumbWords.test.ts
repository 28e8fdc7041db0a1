import { expect, it } from "vitest";
import { judgedWords, thumbTitle } from "./thumbWords.ts";

it("says where a thumb goes, by whether the server takes it", () => {
  expect(thumbTitle(true, false)).toBe("Answers the question: noted in this browser alone");
  expect(thumbTitle(false, true)).toBe("Does not answer the question: noted in this browser, and sent to the server");
  expect(judgedWords(1, 0, false)).toBe(
    "1 result judged, 0 test pairs so far. A thumb up makes a pair of a question and a result. They are kept in this browser alone. Download them to train or test on them in Data.",
  );
  expect(judgedWords(3, 1, true)).toMatch(/^3 results judged, 1 test pair so far\. .* From use, too\.$/);
});
