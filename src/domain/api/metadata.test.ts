import { describe, expect, it } from "vitest";
import { metadataInputSchema, metadataSchema } from "./metadata.ts";

describe("metadata of a request", () => {
  it("keeps facts and lists of facts, and drops null", () => {
    const given = {
      year: 2024,
      share: 0.5,
      draft: false,
      team: "red",
      tags: ["a", null, 7, true],
      none: null,
      empty: [],
    };
    const kept = { year: 2024, share: 0.5, draft: false, team: "red", tags: ["a", 7, true], empty: [] };
    expect(metadataInputSchema.parse(given)).toEqual(kept);
    expect(metadataSchema.parse(kept)).toEqual(kept);
    expect(metadataInputSchema.parse(null)).toEqual({});
    expect(metadataInputSchema.parse(undefined)).toEqual({});
  });

  it.each<[string, unknown, RegExp]>([
    ["nested", { a: 1 }, /is an object\. Allowed is a text/],
    ["deep", ["x", { a: 1 }], /an item is an object/],
    ["matrix", [[1]], /holds a list\. Allowed/],
    ["long", "x".repeat(1001), /1,001 characters/],
    ["many", Array<number>(101).fill(1), /101 items/],
    ["number", JSON.parse("12345678901234567890"), /send it as text/i],
    ["with blank", "x", /letters, digits, dot, dash and underscore/],
    ["with:colon", "x", /not a name that a filter can ask for/],
    ["", "x", /not a name/],
    ["1st", "x", /beginning with a letter/],
  ])("names the field %j alone, and what is allowed", (name, value, said) => {
    const { error } = metadataInputSchema.safeParse({ team: "red", [name]: value, year: 1 });
    expect(error?.issues.map(({ path }) => path)).toEqual([[name]]);
    expect(error?.issues[0]?.message).toMatch(said);
  });

  it("that is no object says so", () => {
    for (const value of ["x", 7, ["x"]])
      expect(metadataInputSchema.safeParse(value).error?.issues).toMatchObject([
        { path: [], message: expect.stringContaining("must be an object") },
      ]);
  });
});
