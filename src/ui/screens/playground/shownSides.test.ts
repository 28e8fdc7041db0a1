import { expect, test } from "vitest";
import type { SearchSide } from "../../../app/search/store.ts";
import { shownSides } from "./shownSides.ts";

const side = (mode: "keyword" | "dense" | null) =>
  ({ status: mode ? "done" : "searching", response: mode && { mode } }) as unknown as SearchSide;

test("of a search by words one answer is shown, since every model finds the same", () => {
  const [missing, found] = [side(null), side("keyword")];
  expect(shownSides({ baseline: missing, production: found }, "keyword")).toEqual({
    shown: [["production", found]],
    words: true,
  });
  expect(shownSides({ baseline: missing, production: missing }, "keyword").shown).toEqual([["baseline", missing]]);
  // Asked for both, answered by words alone.
  expect(shownSides({ baseline: found, production: found }, null).shown).toHaveLength(1);
});

test("searches by vectors stand side by side", () => {
  const both = { baseline: side("dense"), production: side(null) };
  expect(shownSides(both, "dense")).toEqual({ shown: Object.entries(both), words: false });
  expect(shownSides({}, "keyword")).toEqual({ shown: [], words: false });
});
