import { expect, test } from "vitest";
import type { Passage } from "./passage.ts";
import { weakQuestions } from "./weak.ts";

const of = (more: Partial<Passage>) =>
  weakQuestions({ id: "a/b.md#1", document: "a/b.md", title: null, heading: null, text: "", ...more }).map(
    ({ text, positive }) => [text, positive],
  );

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

test("each section inside a passage asks for its own text; a title without text of its own asks for nothing", () => {
  const text =
    "# Error codes\n\n## E17\n\nThe water tank is empty: fill it.\n\n## E21\n\nThe drip tray is full: empty it.\n\n## E40\n";
  expect(of({ title: "Error codes", heading: "Error codes", text })).toEqual([
    ["Error codes E17", "The water tank is empty: fill it."],
    ["Error codes E21", "The drip tray is full: empty it."],
  ]);
  const overview = "# Overview\n\nIt serves forty people.\n\n## Hoppers\n\nEach holds 900 g of beans.";
  expect(of({ title: "Overview", heading: "Overview", text: overview })).toEqual([
    ["Overview", "It serves forty people."],
    ["Overview Hoppers", "Each holds 900 g of beans."],
  ]);
});

test("headings of a PDF or Word passage ask as Markdown's do, and one further down does not head what stands above it", () => {
  const text =
    "It serves forty people a day.\nHoppers\nEach holds 900 g of beans.\nDrip tray\nIt is emptied in the evening.";
  expect(of({ title: "Overview", heading: "Hoppers", headings: ["Hoppers", "Drip tray"], text })).toEqual([
    ["Overview", "It serves forty people a day."],
    ["Overview Hoppers", "Each holds 900 g of beans."],
    ["Overview Drip tray", "It is emptied in the evening."],
  ]);
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
