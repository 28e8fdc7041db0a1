import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { at } from "../present.ts";
import { PERMITTED, isPermitted, SPAN_NAMES, TEXT_ATTRIBUTES } from "./attributes.ts";

const document = readFileSync(new URL("../../../docs/observability.md", import.meta.url), "utf8");
/** The cells of a section's table, without its head. */
const table = (title: string): string[][] =>
  at(at(document.split(`\n## ${title}\n`), 1).split("\n## "), 0)
    .split("\n")
    .filter((line) => line.startsWith("| `"))
    .map((line) => line.split("|").map((cell) => cell.trim()));
const code = (cell: string): string[] => [...cell.matchAll(/`([^`]+)`/g)].map(([, name]) => name!);

/** For each form that the documents name: what passes, and what must not. */
const EXAMPLES: Record<string, [unknown[], unknown[]]> = {
  identifier: [["Qwen/Qwen3-Embedding-0.6B"], ["two words", 7, ""]],
  digest: [
    ["ab".repeat(32), "abcdef01"],
    ["abc", "two words", 7],
  ],
  number: [
    [0.5, 7],
    ["7", NaN, true],
  ],
  flag: [
    [true, false],
    ["true", 1],
  ],
  counts: [['{"input":12,"total":12}'], ['{"input":"text"}', "12"]],
  code: [["device-lost"], ["Two words"]],
  route: [["/api/documents/:id"], ["/api/search?q=words", "words"]],
  "16 hex digits": [["0123456789abcdef"], ["0123456789abcdeg"]],
  "a span's name": [[...SPAN_NAMES], ["another"]],
};

it("documents every span and every attribute that may leave, with its form, and no other", () => {
  const spans = table("What each span carries").flatMap(([, cell]) => code(cell!));
  expect(spans.toSorted()).toEqual([...SPAN_NAMES].toSorted());
  const rows = table("Attributes").map(([, key, , form]) => ({ key: at(code(key!), 0), form: form! }));
  expect(rows.map(({ key }) => key).toSorted()).toEqual([...PERMITTED].toSorted());
  for (const { key, form } of rows) {
    const [pass, refuse] = form.startsWith("one of") ? [code(form), ["another", 7]] : EXAMPLES[form]!;
    for (const value of pass) expect(isPermitted(key, value, false), `${key} = ${String(value)}`).toBe(true);
    for (const value of refuse) expect(isPermitted(key, value, false), `${key} = ${String(value)}`).toBe(false);
  }
});

it("documents the attributes of text, which pass only where text was asked for", () => {
  for (const key of TEXT_ATTRIBUTES) {
    expect(document).toContain(`\`${key}\``);
    expect([isPermitted(key, "two words", false), isPermitted(key, "two words", true)]).toEqual([false, true]);
  }
});
