import { afterAll, beforeAll, expect, test } from "vitest";
import { StudioError } from "../../src/domain/errors.ts";
import { PairFold } from "../../src/domain/judged/fold.ts";
import type { Mapping, Source } from "../../src/domain/langfuse/types.ts";
import { Secret } from "../lib/secret.ts";
import { Receiver } from "../testing/langfuse.ts";
import { supportArchive } from "../testing/langfuseArchive.ts";
import { LangfuseApi } from "./api.ts";
import { listDatasets, listScores } from "./choose.ts";
import { LangfuseForms } from "./forms.ts";
import { judgedPages, previewPairs } from "./pairs.ts";
import { windowsOf, type Position } from "./read.ts";

let receiver: Receiver;
beforeAll(async () => void (receiver = await new Receiver().start()));
afterAll(() => receiver.stop());

/** A project, and a reader for whom pauses pass at once; `waited` has how long they would have been. */
const project = (options: Parameters<typeof supportArchive>[0] = {}, secretKey = receiver.secretKey) => {
  const archive = (receiver.archive = supportArchive(options));
  const waited: number[] = [];
  const api = new LangfuseApi(
    { baseUrl: receiver.url, publicKey: receiver.publicKey, secretKey: new Secret(secretKey) },
    { wait: async (milliseconds) => void waited.push(milliseconds) },
  );
  return { archive, waited, forms: new LangfuseForms(api) };
};

const RANGE = { from: "2026-07-01T00:00:00.000Z", to: "2026-11-20T00:00:00.000Z" };
const SCORES: Source = { kind: "score", name: "helpful", good: ">=0.5", bad: "<0.5", ...RANGE };
const MAPPING: Mapping = { question: ["input"], documents: ["output"], negatives: null, first: null };
const now = () => Date.parse("2026-11-21T00:00:00Z");

const readAll = async (forms: LangfuseForms, source: Source = SCORES, mapping = MAPPING) => {
  const fold = new PairFold();
  let largest = 0;
  const sums = { read: 0, unjudged: 0, unmapped: 0, archived: 0 };
  for await (const line of judgedPages(forms, source, mapping, { now })) {
    if (line.type !== "page") continue;
    for (const one of line.judged) fold.add(one);
    largest = Math.max(largest, line.read);
    for (const key of ["read", "unjudged", "unmapped", "archived"] as const) sums[key] += line[key];
  }
  return { fold, sums, largest };
};

test.each(["v3", "v4"] as const)(
  "thousands of retrievals of a %s server become pairs by scores on themselves and on their traces",
  async (generation) => {
    const { archive, forms } = project({ generation });
    const { fold, sums, largest } = await readAll(forms);
    expect(sums).toEqual({ read: 3000, unjudged: 1500, unmapped: 0, archived: 0 });
    // Of eight retrievals, 0 and 4 are good by themselves, 5 by its trace, and 1 is bad, with the question of 0.
    expect(fold.counts()).toEqual({
      judged: 1500,
      pairs: 1125,
      positives: 1125,
      negatives: 375,
      conflicts: 0,
      onlyBad: 0,
    });
    const pairs = fold.pairs();
    expect(pairs[0]).toMatchObject({
      query: expect.stringMatching(/^How do I change my invoice, case 0, /),
      positives: [expect.stringMatching(/^Case 0: to change the invoice, open page 0 /)],
      negatives: [expect.stringMatching(/^Opening hours of office 1: /)],
    });
    expect(pairs.map(({ judgedAt }) => judgedAt)).toEqual(pairs.map(({ judgedAt }) => judgedAt).sort());
    expect(forms.answered).toEqual(
      generation === "v4" ? { observations: "v2", scores: "v3" } : { observations: "v1", scores: "v2" },
    );
    // A page at a time, only retrievals, in windows, and the form that does not answer is tried once.
    expect(largest).toBeLessThanOrEqual(250);
    const questions = archive.asked.filter(({ path }) => path.endsWith("observations"));
    expect(new Set(questions.map(({ query }) => query.type))).toEqual(new Set(["RETRIEVER"]));
    expect(new Set(questions.map(({ query }) => query.fromStartTime)).size).toBe(
      windowsOf(RANGE, 7 * 24 * 3600_000).length,
    );
    expect(archive.asked.filter(({ status }) => status === 404)).toHaveLength(generation === "v4" ? 0 : 2);
  },
);

test("429 is waited out for as long as Retry-After asks, and nothing is lost or read twice", async () => {
  const { archive, forms, waited } = project({ retrievals: 600 });
  archive.trouble = [
    { status: 429, headers: { "retry-after": "7" } },
    { status: 503 },
    { status: 429, headers: { "retry-after": "2" } },
  ];
  const { fold, sums } = await readAll(forms);
  expect(sums.read).toBe(600);
  expect(fold.counts().judged).toBe(300);
  expect(waited[0]).toBe(7000);
  expect(waited[2]).toBeGreaterThanOrEqual(2000);
});

test("whoever asks to wait for an hour, refuses the keys or is away is named, with what to do", async () => {
  const codeOf = async (work: Promise<unknown>) => {
    const thrown: unknown = await work.then(
      () => null,
      (error: unknown) => error,
    );
    expect(thrown).toBeInstanceOf(StudioError);
    return thrown as StudioError;
  };
  const busy = project({ retrievals: 8 });
  busy.archive.trouble = [{ status: 429, headers: { "retry-after": "3600" } }];
  expect(await codeOf(readAll(busy.forms))).toMatchObject({
    code: "langfuse-busy",
    message: expect.stringContaining("60 minutes"),
  });
  expect(busy.waited).toEqual([]);
  expect((await codeOf(readAll(project({}, "sk-wrong").forms))).code).toBe("langfuse-unauthorized");
  const { forms } = project({ retrievals: 8 });
  expect((await codeOf(readAll(forms, { kind: "dataset", name: "nowhere" }))).code).toBe("langfuse-dataset-missing");
  expect((await codeOf(readAll(forms, { ...SCORES, bad: "<=0.5" }))).code).toBe("rules-overlap");
  await receiver.stop();
  expect((await codeOf(readAll(forms))).code).toBe("langfuse-unreachable");
  await receiver.start();
});

test("reading goes on where it broke off", async () => {
  const { forms } = project({ retrievals: 1000 });
  const fold = new PairFold();
  let position: Position | null = null;
  let pages = 0;
  for (let run = 0; run < 50; run++) {
    for await (const line of judgedPages(forms, SCORES, MAPPING, { now, position })) {
      if (line.type !== "page") continue;
      for (const one of line.judged) fold.add(one);
      position = line.next;
      if (++pages % 3 === 0) break;
    }
    if (position === null) break;
  }
  expect(position).toBeNull();
  expect(fold.counts()).toEqual((await readAll(forms)).fold.counts());
});

test("a data set's items are positives, archived ones are counted, and JSON in strings is opened", async () => {
  const { forms } = project();
  const { datasets, more } = await listDatasets(forms);
  expect({ names: datasets.map(({ name }) => name), more }).toEqual({ names: ["support questions"], more: false });
  const preview = await previewPairs(forms, { kind: "dataset", name: "support questions" }, null);
  expect(preview.mapping).toEqual({ question: ["input"], documents: ["expectedOutput"], negatives: null, first: null });
  const { fold, sums } = await readAll(
    forms,
    { kind: "dataset", name: "support questions" },
    { ...MAPPING, documents: ["expectedOutput"] },
  );
  expect(sums).toEqual({ read: 220, unjudged: 0, unmapped: 0, archived: 10 });
  expect(fold.pairs()[0]).toMatchObject({
    query: "Where do I find form 0 for region 0?",
    positives: ["Form 0 for region 0 lies in drawer 0 of the archive."],
  });
});

test("the scores of a range are listed by name, with what their values are", async () => {
  for (const generation of ["v3", "v4"] as const) {
    const { forms } = project({ generation, retrievals: 400 });
    const { scores, more } = await listScores(forms, { from: RANGE.from, to: "2026-11-21T00:00:00.000Z" });
    expect({ scores, more }).toEqual({
      more: false,
      scores: [
        { name: "helpful", type: "NUMERIC", count: 204, min: 0, max: 1, categories: [], usable: 200 },
        { name: "tone", type: "CATEGORICAL", count: 4, min: null, max: null, categories: ["kind"], usable: 4 },
      ],
    });
  }
});

test("metadata that a mapping names is asked for whole", async () => {
  const { archive, forms } = project({ retrievals: 100 });
  for (const one of archive.observations) one.metadata = { passages: JSON.stringify(["p".repeat(500)]) };
  const { fold } = await readAll(forms, SCORES, { ...MAPPING, documents: ["metadata", "passages"] });
  expect(fold.pairs()[0]?.positives).toEqual(["p".repeat(500)]);
});

test("a look at a score that nobody gave still shows the fields", async () => {
  const { forms } = project({ retrievals: 300 });
  const preview = await previewPairs(forms, { ...SCORES, name: "no such score" }, null);
  expect(preview).toMatchObject({ rows: [], looked: { read: 300, judged: 0, whole: true } });
  expect(preview.fields.questions[0]).toMatchObject({ path: ["input"] });
});
