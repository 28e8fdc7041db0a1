import { expect, test } from "vitest";
import type { Outcome } from "./results.ts";
import { runSection } from "./runSection.ts";

/** A process that measures its arguments: `die` ends it, `hang` never answers, `throw` is told as an error. */
const CHILD = `
const say = (message) => process.stdout.write("@@ " + JSON.stringify(message) + "\\n");
for (const item of process.argv.slice(1)) {
  say({ begin: item });
  if (item === "die") { process.stderr.write("out of luck\\n"); process.exit(7); }
  if (item === "hang") { setInterval(() => {}, 1000); break; }
  say(item === "throw" ? { item, error: "no" } : { item, result: item.length });
}`;

const measure = async (items: string[], { limit = 20, seconds = 60 } = {}): Promise<Map<string, Outcome>> => {
  const found = new Map<string, Outcome>();
  await runSection({
    command: (left) => ({ file: process.execPath, args: ["-e", CHILD, ...left] }),
    items,
    limit,
    starting: 0,
    deadline: Date.now() + seconds * 1000,
    onOutcome: (item, outcome) => void found.set(item, outcome),
    onLog: () => undefined,
  });
  return found;
};

test("what throws, and what ends its process, fails alone: the rest is measured", async () => {
  const found = await measure(["one", "throw", "die", "three"]);
  expect(found.get("one")).toMatchObject({ result: 3 });
  expect(found.get("throw")).toMatchObject({ error: "no" });
  expect(found.get("die")).toMatchObject({ error: expect.stringMatching(/code 7.*out of luck/) as string });
  expect(found.get("three")).toMatchObject({ result: 5 });
});

test("what hangs is cut at its limit, and the next one goes on", async () => {
  const found = await measure(["hang", "one"], { limit: 3 });
  expect(found.get("hang")).toMatchObject({ error: expect.stringContaining("within 3 seconds") as string });
  expect(found.get("one")).toMatchObject({ result: 3 });
});

test("when the time is up, what is left is told as not measured", async () => {
  const found = await measure(["one", "three"], { seconds: -1 });
  expect([...found.values()]).toEqual(Array(2).fill({ seconds: 0, error: expect.stringContaining("time") as string }));
});

test("a program that is not there fails every item once", async () => {
  const found = new Map<string, Outcome>();
  await runSection({
    command: () => ({ file: "/no/such/program", args: [] }),
    items: ["one", "two"],
    limit: 20,
    deadline: Date.now() + 60_000,
    onOutcome: (item, outcome) => void found.set(item, outcome),
    onLog: () => undefined,
  });
  for (const outcome of found.values())
    expect(outcome).toMatchObject({ error: expect.stringContaining("started") as string });
  expect(found.size).toBe(2);
});
