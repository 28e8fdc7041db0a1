import { expect, test } from "vitest";
import { isRight, rightPlaces } from "./rightDocuments.ts";

test("a question of the test set has its right documents, and their passages are known by their text", () => {
  const queries = [
    { text: "robots in the freezer", relevant: [3, 1] },
    { text: "another", relevant: [2] },
    { text: "robots in the freezer ", relevant: [1] },
  ];
  expect(rightPlaces({ queries }, " robots in the freezer")).toEqual([3, 1]);
  expect(rightPlaces({ queries }, "robots")).toEqual([]);
  const documents = ["Mist on the eyeband\n\ngoes away in the drying perch.", "Something else."];
  expect(isRight({ text: "goes away in the  drying perch." }, documents)).toBe(true);
  expect(isRight({ text: "A third." }, documents)).toBe(false);
  expect(isRight({ text: " " }, documents)).toBe(false);
});
