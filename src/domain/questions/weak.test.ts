import { expect, test } from "vitest";
import type { Passage } from "./passage.ts";
import { weakQuestions } from "./weak.ts";

const of = (more: Partial<Passage>) =>
  weakQuestions({ id: "a/b.md#1", document: "a/b.md", title: null, heading: null, text: "", ...more }).map(({ text, positive }) => [text, positive]); // prettier-ignore

test("title and heading ask for the text below them, which no longer holds them", () => {
  const text = "## Oiling\nTwo drops a link are enough.";
  expect(of({ title: "Chain care", heading: "Oiling", text })).toEqual([
    ["Chain care Oiling", "Two drops a link are enough."],
  ]);
  expect(of({ heading: "Oiling", text })).toEqual([["Oiling", "Two drops a link are enough."]]);
});

test("a title alone asks for the first passage only, and the name of a file for none", () => {
  const text = "Two drops a link";
  expect(of({ title: "Chain care", text })).toEqual([["Chain care", text]]);
  expect(of({ title: "Chain care", text, id: "a/b.md#2" })).toEqual([]);
  expect(of({ title: "b.md", text })).toEqual([]);
  expect(of({ title: "std::task::Raw_Waker", text })).toEqual([["std task Raw Waker", text]]);
});

test("a first sentence asks for the rest", () => {
  const rest = "It shifts badly then, and wears the cogs out.";
  expect(of({ text: `A dry chain makes noise. ${rest}` })).toEqual([["A dry chain makes noise.", rest]]);
  expect(of({ text: `Dry. ${rest}` })).toEqual([]);
  expect(of({ text: "A dry chain makes noise. It wears." })).toEqual([]);
  expect(of({ text: `Many parts wear out, e.g. ${rest}` })[0]?.[0] ?? "").not.toMatch(/e\.g\.$/);
});

test("defined terms ask for their definition", () => {
  const text = [
    "Parts",
    "- **Cassette**: the set of cogs on the rear hub",
    "**Freehub** – the part that ratchets in one direction",
    "Derailleur: moves the chain from cog to cog",
    "Note: short",
    "https://example.org: an address of something",
    "Everything that was said above in this long text: is no term at all",
  ].join("\n");
  expect(of({ text })).toEqual([
    ["Cassette", "the set of cogs on the rear hub"],
    ["Freehub", "the part that ratchets in one direction"],
    ["Derailleur", "moves the chain from cog to cog"],
  ]);
});
