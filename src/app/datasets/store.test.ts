import { at } from "../../domain/present.ts";
import { describe, expect, it } from "vitest";
import { StudioError } from "../../domain/errors.ts";
import { memoryData } from "../testing/data.ts";
import { memoryDatasets as setup, sampleLines as sample } from "../testing/datasets.ts";

const pairs = (count: number, from = 0): string[] => sample.slice(from, from + count);
const file = (lines: string[]): Blob => new Blob([lines.join("\n")]);

describe("a dropped file", () => {
  it("is read, examined, split and stored", async () => {
    const { state, disk } = setup();
    await state().addFile(file(pairs(60)), "pairs.jsonl");
    expect(state().readProblem).toBeNull();
    expect(state().current?.summary.missing).toBeNull();
    expect(state().current?.split?.test).toBeGreaterThan(8);
    expect(disk.get("id-1")?.split?.hash).toMatch(/^[0-9a-f]{64}$/);
  });

  it("with bad lines waits for the choice, and offers them as a download", async () => {
    const { state, files } = setup();
    await state().addFile(file([...pairs(40), "not json", '{"query":"only"}']), "pairs.jsonl");
    expect(state().current?.split).toBeNull();
    expect(state().current?.summary.missing).toBe("Decide about the 2 bad lines");
    await state().downloadBadLines();
    expect((await files[0]?.file.text())?.trim().split("\n")).toHaveLength(2);
    await state().leaveOutBadLines();
    expect(state().current?.summary.missing).toBeNull();
    expect(state().current?.summary.badLines).toBe(2);
  });

  it.each([
    ["empty", new Blob([""]), "dataset-empty"],
    ["not text", new Blob([new Uint8Array([0, 255, 254, 0, 1, 2, 200, 0, 0, 3])]), null],
    ["prose", new Blob([Array.from({ length: 1500 }, (_, i) => `Sentence ${i} of a novel`).join("\n")]), null],
  ])("that is %s is refused with a reason, and what was open stays open", async (_, bad, code) => {
    const { state } = setup();
    await state().addFile(file(pairs(40)), "good.jsonl");
    const before = state().current;
    await state().addFile(bad, "bad.jsonl");
    expect(state().readProblem?.fileName).toBe("bad.jsonl");
    if (code) expect(state().readProblem?.problem.code).toBe(code);
    expect(state().readProblem?.problem.hint).not.toBe("");
    expect(state().current).toBe(before);
    expect(state().list).toHaveLength(1);
  });

  it("of two pairs is kept and shown, but cannot be split", async () => {
    const { state } = setup();
    await state().addFile(file(pairs(2)), "two.jsonl");
    expect(state().current?.summary.rows).toBe(2);
    expect(state().splitProblem?.code).toBe("too-few-pairs");
    expect(state().current?.summary.missing).not.toBeNull();
  });

  it("in which all queries are the same says so", async () => {
    const { state } = setup();
    await state().addFile(
      file(pairs(40).map((line) => JSON.stringify({ ...JSON.parse(line), query: "the same" }))),
      "same.jsonl",
    );
    expect(state().splitProblem?.code).toBe("one-query");
  });

  it("survives a reload with its decisions", async () => {
    const first = setup();
    await first.state().addFile(file([...pairs(40), "bad"]), "pairs.jsonl");
    await first.state().leaveOutBadLines();
    const hash = first.state().current?.split?.hash;
    const second = setup();
    for (const [id, dataset] of first.disk) second.disk.set(id, dataset);
    await second.state().load();
    expect(second.state().current?.leaveOut).toBe(true);
    expect(second.state().current?.split?.hash).toBe(hash);
    expect(second.state().report?.rows).toBe(40);
  });
});

describe("choices", () => {
  it("swap columns by reading the stored file again", async () => {
    const { state } = setup();
    await state().addFile(file(pairs(40)), "pairs.jsonl");
    const { dialect } = state().current!.file;
    await state().chooseColumns({ ...dialect, query: "positive", positive: "query" }, true);
    const { positive } = JSON.parse(at(sample, 0)) as { positive: string };
    expect(positive.startsWith(at(state().current!.preview, 0).query.replace(/…$/, ""))).toBe(true);
  });

  it("leave out what the report offers, and take it back", async () => {
    const { state } = setup();
    const twice = [...pairs(40), ...pairs(1)];
    await state().addFile(file(twice), "pairs.jsonl");
    const finding = state().report!.findings.find(({ code }) => code === "duplicate-rows")!;
    await state().choose(finding.code, finding.choices.find(({ effect }) => effect === "drop-rows")!.id);
    expect(state().report?.rows).toBe(40);
    await state().takeAllIn();
    expect(state().report?.rows).toBe(41);
  });

  it("a leaking test file blocks until the rows are left out", async () => {
    const { state } = setup();
    await state().addFile(file(pairs(60)), "pairs.jsonl");
    await state().addTestFile(file([...pairs(3), ...pairs(12, 300)]), "test.jsonl");
    expect(state().current?.split).toBeNull();
    expect(state().current?.undecided).toBe("Decide about the finding in the report");
    const leak = state().report!.findings.find(({ code }) => code === "test-leak")!;
    await state().choose("test-leak", at(leak.choices, 0).id);
    expect(state().splitProblem).toBeNull();
    expect(state().current?.split?.test).toBe(15);
  });
});

it("an examination that is stopped says so, keeps the file, and can be made again", async () => {
  const { data } = memoryData();
  const { state } = setup({
    ...data,
    examine: async (...args) => {
      const [, , , signal] = args;
      const report = await data.examine(...args);
      await new Promise((resolve) => setTimeout(resolve));
      signal.throwIfAborted();
      return report;
    },
  });
  const reading = state().addFile(file(pairs(40)), "pairs.jsonl");
  while (state().current === null) await new Promise((resolve) => setTimeout(resolve));
  state().stopExamining();
  await reading;
  expect(state().reportProblem).toMatchObject({ code: "examination-stopped" });
  expect(state().current?.summary.rows).toBe(40);
  await state().retry();
  expect(state().reportProblem).toBeNull();
  expect(state().current?.split).not.toBeNull();
});

it("a worker that breaks while examining leaves the file stored and says so", async () => {
  const { state } = setup({ examine: () => Promise.reject(new StudioError("data-worker-broken", "m", "h")) });
  await state().addFile(file(pairs(40)), "pairs.jsonl");
  expect(state().reportProblem?.code).toBe("data-worker-broken");
  expect(state().current?.summary.rows).toBe(40);
  expect(state().current?.split).toBeNull();
});
