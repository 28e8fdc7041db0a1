// Longer than 300 lines: the whole way from documents to pairs through one service, whose stand-ins every test needs.
import { afterEach, expect, it } from "vitest";
import { memoryQuestionsStorage } from "../../../app/testing/questions.ts";
import {
  answering,
  openChatEndpoint,
  type AskedChat,
  type ChatEndpoint,
  type ChatReply,
} from "../../../testing/chatEndpoint.ts";
import { diskModel, tinyBase } from "../../../testing/modelFiles.ts";
import { pdfData } from "../../../testing/pdfData.ts";
import { lend } from "../../rpc.ts";
import type { QuestionsStorage } from "../storage.ts";
import type { WritingProgress, WritingSettings } from "../protocol.ts";
import { PAGE_MODEL_NAME } from "../../../domain/questions/pageModel.ts";
import { parseDataset, splitDataset } from "../../../domain/dataset/index.ts";
import { buildRetrievalTask } from "../../../domain/evaluation/index.ts";
import { DEFAULT_THRESHOLDS } from "../../../domain/questions/filters/thresholds.ts";
import { StudioError } from "../../../domain/errors.ts";
import type { HeldGenerator } from "./heldGenerator.ts";
import { createQuestionsService } from "./service.ts";

const open: ChatEndpoint[] = [];
afterEach(async () => {
  for (const endpoint of open.splice(0)) await endpoint.close();
});
const endpointOf = async (script: (asked: AskedChat) => ChatReply) => {
  const endpoint = await openChatEndpoint(script);
  open.push(endpoint);
  return endpoint;
};

const base = { source: "bundled" as const, name: "tiny" };
const made = { base, createdAt: "2026-11-28T10:00:00.000Z" };
const noReport = () => undefined;
const never = new AbortController().signal;
/** No model in the page. */
const none: HeldGenerator = { open: () => Promise.reject(new Error("not asked for")), release: noReport };
const serviceOn = (storage: QuestionsStorage, generator = none) =>
  createQuestionsService({ storage, openFiles: async () => diskModel(tinyBase), pdfData, generator });

const THINGS = ["bell", "brake", "lamp", "chain", "pedal", "saddle", "spoke", "tyre", "crank", "lever", "hub", "fork"];
/** One passage a document. */
const documents = THINGS.map((thing) => ({
  name: `manual/${thing}.md`,
  file: new Blob([
    `# The ${thing}\n\nThe ${thing} is cleaned every week, and its screw is tightened by a quarter of a turn.`,
  ]),
}));
const thingIn = ({ passage }: AskedChat) => THINGS.find((thing) => passage.includes(`The ${thing} is`)) ?? "";
const settingsFor = (url: string): WritingSettings => ({
  writer: { kind: "endpoint", url, model: "scripted" },
  perPassage: 2,
  examples: [],
  seed: 7,
});

/** Vectors by words: texts about the same thing are near each other. */
const wordVectors = () =>
  lend({
    embed: async (texts: string[]) => {
      const data = new Float32Array(texts.length * THINGS.length);
      texts.forEach((text, i) => {
        const at = THINGS.findIndex((thing) => text.includes(thing));
        if (at >= 0) data[i * THINGS.length + at] = 1;
      });
      return { data, dim: THINGS.length };
    },
  });
const filtered = async (service: ReturnType<typeof serviceOn>, thresholds = {}, vectors = wordVectors()) => {
  const { port, close } = vectors;
  try {
    return await service.filter(port, { thresholds: { ...DEFAULT_THRESHOLDS, ...thresholds }, base }, noReport, never);
  } finally {
    close();
  }
};

it("reads, has questions written, filters them, is reviewed, and gives pairs that name their documents", async () => {
  const endpoint = await endpointOf((asked) =>
    answering(`how to keep the ${thingIn(asked)} clean`, "what does this passage say"),
  );
  const service = serviceOn(memoryQuestionsStorage());
  const broken = { name: "manual/broken.pdf", file: new Blob(["%PDF-1.4 cut"]) };
  const read = await service.read([...documents, broken], made, noReport, never);
  expect(read).toMatchObject({ name: "manual", documents: 12, refused: 1, passages: 12, writing: null });
  expect(await service.refusedFiles(0, 10)).toMatchObject([
    { name: "manual/broken.pdf", problem: { code: "file-unreadable" } },
  ]);
  const written = await service.write(settingsFor(endpoint.url), {}, noReport, never);
  expect(written.writing).toMatchObject({ done: 12, total: 12, questions: 24, failed: 0, tokens: 12 * 120 });
  const view = await filtered(service);
  const { counts, passages, kept, rejected } = view.filtered!;
  expect([kept, rejected]).toEqual([12, 12]);
  expect(counts["meta-talk"]).toBe(12);
  expect(passages).toEqual({ asked: 12, kept: 12, rejected: 0, failed: 0, skipped: 0 });

  const { count, rows } = await service.rows("sample", 0, 100);
  expect(count).toBe(12);
  const [first, second] = rows;
  await service.judge(first!.id, { verdict: "rejected" });
  await service.judge(second!.id, { verdict: "accepted", text: "in other words" });
  const [meta] = (await service.rows("meta-talk", 0, 1)).rows;
  expect(meta?.reason).not.toBeNull();
  const { view: judged } = await service.judge(meta!.id, { verdict: "accepted" });
  expect(judged.review).toEqual({
    sample: 12,
    judged: 2,
    accepted: 1,
    rejectedByPerson: 1,
    restored: 1,
    edited: 1,
    pairs: 12,
  });
  const { file, name, provenance } = await service.pairs();
  expect(provenance).toMatchObject({
    source: "documents",
    writer: "endpoint",
    model: "scripted",
    passages: { asked: 12, kept: 11, rejected: 1 },
    questions: { written: 24, kept: 12, rejected: { "meta-talk": 11, review: 1 } },
  });
  expect(JSON.stringify(provenance)).not.toMatch(/127\.0\.0\.1|clean/);
  const pairs = (await file.text())
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, string>);
  expect(name).toBe("questions about manual.jsonl");
  expect(pairs).toHaveLength(12);
  expect(pairs.map(({ query }) => query)).toContain("in other words");
  expect(
    pairs.every(({ source_document, origin }) => source_document?.startsWith("manual/") && origin === "generated"),
  ).toBe(true);
});

it("reads archives, tables and documents for others, and keeps nothing of them", async () => {
  const service = serviceOn(memoryQuestionsStorage());
  const table = { name: "faq.csv", file: new Blob(["text\nHow to charge it\nHow to clean it\n"]) };
  const page = { name: "old.htm", file: new Blob(["<title>Brakes</title><p>Press gently.</p>"]) };
  const broken = { name: "b.pdf", file: new Blob(["%PDF-1.4 cut"]) };
  const { documents: read, refused } = await service.texts([table, page, broken], never);
  expect(read).toEqual([
    { name: "faq.csv:2", title: "faq.csv", text: "How to charge it" },
    { name: "faq.csv:3", title: "faq.csv", text: "How to clean it" },
    { name: "old.htm", title: "Brakes", text: "Press gently." },
  ]);
  expect(refused).toMatchObject([{ name: "b.pdf", problem: { code: "file-unreadable" } }]);
  expect(await service.open()).toBeNull();
});

it("adds files beside those that are there, and leaves out a document of a name that is", async () => {
  const service = serviceOn(memoryQuestionsStorage());
  const first = await service.read(documents.slice(0, 5), made, noReport, never);
  const more = await service.read(documents.slice(4, 8), { ...made, add: true }, noReport, never);
  expect(more).toMatchObject({ name: "manual, with 3 more", documents: 8, refused: 1, passages: 8 });
  expect(more.tokens).toBeGreaterThan(first.tokens);
  expect(await service.refusedFiles(0, 10)).toMatchObject([{ problem: { code: "document-there" } }]);
  const rest = await service.read(documents.slice(8), { ...made, add: true }, noReport, never);
  expect(rest).toMatchObject({ name: "manual, with 7 more", documents: 12 });
  const again = service.read(documents.slice(0, 1), { ...made, add: true }, noReport, never);
  await expect(again).rejects.toMatchObject({ code: "documents-none" });
  expect(await service.open()).toMatchObject({ documents: 12 });
  const whole = await serviceOn(memoryQuestionsStorage()).read(documents, made, noReport, never);
  expect(rest.tokens).toBe(whole.tokens);
});

it("goes on after a crash at the passage where it stopped, and asks none twice", async () => {
  const endpoint = await endpointOf((asked) => answering(`how to keep the ${thingIn(asked)} clean`));
  const storage = memoryQuestionsStorage();
  const before = serviceOn(storage);
  await before.read(documents, made, noReport, never);
  const settings = settingsFor(endpoint.url);
  const tried = await before.write(settings, { sample: 5 }, noReport, never);
  expect(tried.writing).toMatchObject({ done: 5, total: 12 });
  expect(tried.writing?.estimate?.tokens).toBe(12 * 120);
  // Another service on the same storage: what a reload starts.
  const after = serviceOn(storage);
  expect((await after.open())?.writing).toMatchObject({ done: 5, total: 12, settings });
  const written = await after.write(settings, {}, noReport, never);
  expect(written.writing).toMatchObject({ done: 12, questions: 12 });
  expect(endpoint.asked).toHaveLength(12);
  expect(new Set(endpoint.asked.map(thingIn)).size).toBe(12);
  // Other settings ask other prompts.
  const anew = await after.write({ ...settings, seed: 8 }, { sample: 3 }, noReport, never);
  expect(anew.writing).toMatchObject({ done: 3, questions: 3 });
});

it("stops at a word, keeps what there is, and a cap ends it", async () => {
  const endpoint = await endpointOf((asked) => ({ ...answering(`clean the ${thingIn(asked)}`), afterMs: 5 }));
  const service = serviceOn(memoryQuestionsStorage());
  await service.read(documents, made, noReport, never);
  const stop = new AbortController();
  const settings = settingsFor(endpoint.url);
  const stopped = await service.write(settings, {}, ({ done }) => done >= 1 && stop.abort(), stop.signal);
  expect(stopped.writing!.done).toBeGreaterThan(0);
  expect(stopped.writing!.done).toBeLessThan(12);
  const capped = await service.write(settings, { caps: { tokens: 10 } }, noReport, never);
  expect(capped.writing!.done).toBe(stopped.writing!.done);
});

it("makes weak pairs without any model, and says of an endpoint that is down what to do", async () => {
  const service = serviceOn(memoryQuestionsStorage());
  await expect(service.pairs()).rejects.toMatchObject({ code: "questions-missing" });
  await expect(service.read([], made, noReport, never)).rejects.toMatchObject({ code: "documents-none" });
  await service.read(documents, made, noReport, never);
  const gone = settingsFor("http://127.0.0.1:9/v1");
  await expect(service.write(gone, {}, noReport, never)).rejects.toMatchObject({
    code: "endpoint-unreachable",
    message: expect.stringContaining("http://127.0.0.1:9/v1") as string,
    hint: expect.stringContaining("OLLAMA_ORIGINS") as string,
  });
  expect((await service.open())?.writing?.done).toBe(0);
  const weak = await service.write({ ...gone, writer: { kind: "weak" } }, {}, noReport, never);
  expect(weak.writing).toMatchObject({ done: 12, total: 12, tokens: 0 });
  expect(weak.writing!.questions).toBeGreaterThan(11);
  await filtered(service);
  const pairs = (await (await service.pairs()).file.text()).trim().split("\n");
  expect(pairs.every((line) => (JSON.parse(line) as { origin: string }).origin === "weak")).toBe(true);
});

it("has a model in the page write, says how far it is loaded, frees it, and names it in the provenance", async () => {
  const done: string[] = [];
  let lost = true;
  const generator: HeldGenerator = {
    open: async (host, onProgress) => {
      done.push(`open ${host ?? "huggingface.co"}`);
      onProgress(5, 10);
      return {
        slow: true,
        generate: async (messages) => {
          if (lost && done.push("ask") === 6) throw new StudioError("page-device-lost", "Lost.", "Close other pages.");
          const thing = THINGS.find((name) => messages[1]?.content.includes(`The ${name} is`));
          return { text: `["how to keep the ${thing} clean"]`, inputTokens: 90, outputTokens: 9 };
        },
      };
    },
    release: () => void done.push("release"),
  };
  const service = serviceOn(memoryQuestionsStorage(), generator);
  await service.read(documents, made, noReport, never);
  const settings: WritingSettings = { ...settingsFor(""), writer: { kind: "page", model: PAGE_MODEL_NAME } };
  const told: WritingProgress[] = [];
  await service.write(settings, { sample: 2 }, (progress) => told.push(progress), never);
  expect(told[0]).toMatchObject({ loading: { done: 5, total: 10 }, slow: false });
  expect(told.at(-1)).toMatchObject({ loading: null, slow: true });
  // Held between the sample and the rest.
  expect(done).toEqual(["open huggingface.co", "ask", "ask"]);
  await expect(service.write(settings, {}, noReport, never)).rejects.toMatchObject({ code: "page-device-lost" });
  expect(done.at(-1)).toBe("release");
  lost = false;
  const { writing } = await service.write(settings, {}, noReport, never);
  expect(writing).toMatchObject({ done: 12, failed: 0, questions: 12, tokens: 12 * 99 });
  expect(done.at(-1)).toBe("release");
  await filtered(service);
  expect((await service.pairs()).provenance).toMatchObject({ writer: "page", model: PAGE_MODEL_NAME });
});

it("keeps what was written and reviewed until another writer has something in its place", async () => {
  const storage = memoryQuestionsStorage();
  const service = serviceOn(storage);
  await service.read(documents, made, noReport, never);
  const asking = await endpointOf((asked) => answering(`how to keep the ${thingIn(asked)} clean`));
  const first = settingsFor(asking.url);
  await service.write(first, { sample: 5 }, noReport, never);
  await filtered(service);
  const [row] = (await service.rows("kept", 0, 1)).rows;
  await service.judge(row!.id, { verdict: "accepted", text: "in other words" });
  const before = await service.open();
  expect(before?.review).toMatchObject({ pairs: 5, edited: 1 });

  // One that refuses, one that has nothing to ask, one that is stopped at once: all is as it was, after a reload too.
  const locked = await endpointOf(() => ({ status: 401 }));
  await expect(service.write(settingsFor(locked.url), { sample: 3 }, noReport, never)).rejects.toMatchObject({
    code: "endpoint-key-refused",
  });
  const silent = await endpointOf(() => answering());
  await expect(service.write(settingsFor(silent.url), {}, noReport, never)).rejects.toMatchObject({
    code: "questions-none-written",
  });
  await service.write(settingsFor(silent.url), {}, noReport, AbortSignal.abort());
  expect(await service.open()).toEqual(before);
  expect((await serviceOn(storage).open())?.review).toEqual(before?.review);

  // The same writer goes on: what was said of its questions stays.
  await service.write(first, {}, noReport, never);
  expect((await filtered(service)).review).toMatchObject({ edited: 1, accepted: 1, pairs: 12 });
  expect(await (await service.pairs()).file.text()).toContain("in other words");

  // Another that answers takes its place, with what came before its first question.
  const other = await endpointOf((asked) =>
    other.asked.length === 1 ? answering() : answering(`about ${thingIn(asked)}`),
  );
  const replaced = await service.write(settingsFor(other.url), {}, noReport, never);
  expect(replaced).toMatchObject({ filtered: null, review: null, writing: { done: 12, skipped: 1, questions: 11 } });
  expect((await serviceOn(storage).open())?.writing).toMatchObject({ done: 12, skipped: 1, questions: 11 });
  expect((await filtered(service)).review).toMatchObject({ judged: 0, edited: 0 });
});

it("draws other lines without asking the writer or the base again", async () => {
  const endpoint = await endpointOf((asked) =>
    answering(`how is the ${thingIn(asked)} cleaned every week and tightened`),
  );
  const service = serviceOn(memoryQuestionsStorage());
  await service.read(documents, made, noReport, never);
  await service.write(settingsFor(endpoint.url), {}, noReport, never);
  const first = (await filtered(service)).filtered;
  expect(first).toMatchObject({ kept: 12, counts: { empty: 0 }, thresholds: DEFAULT_THRESHOLDS });
  const none = lend({ embed: () => Promise.reject(new Error("asked again")) });
  const strict = (await filtered(service, { mostCharacters: 40 }, none)).filtered;
  expect(strict).toMatchObject({ kept: 0, counts: { empty: 12 }, thresholds: { mostCharacters: 40 } });
  expect(endpoint.asked).toHaveLength(12);
});

it("tests on real questions that name their documents, and tells how alike the written ones are", async () => {
  const endpoint = await endpointOf((asked) =>
    answering(
      ...["clean", "tight", "new", "old", "loud"].map(
        (word) => `is the ${thingIn(asked)} ${word} ${THINGS.indexOf(thingIn(asked))}`,
      ),
    ),
  );
  const service = serviceOn(memoryQuestionsStorage());
  await service.read(documents, made, noReport, never);
  await service.write({ ...settingsFor(endpoint.url), perPassage: 5 }, {}, noReport, never);
  const asked = Array.from(
    { length: 52 },
    (_, i) => `${i === 0 ? "is the bell clean 0" : `why number ${i * 17}`},${i % 2 ? "bell.md" : "brake.md"}`,
  );
  const file = { name: "asked.csv", file: new Blob([`question,document\n${asked.join("\n")}\nlost,nowhere.md\n`]) };
  const { view, style } = await service.takeReal(file);
  expect(view.real).toEqual({ name: "asked.csv", questions: 53, named: 52, firstUnnamed: "lost", isTest: true });
  expect(view.filtered).toBeNull();
  expect(style).toHaveLength(20);
  const { counts, apart } = (await filtered(service)).filtered!;
  expect(counts.duplicate).toBe(1);
  expect(apart).toMatchObject({ real: 53, auc: expect.any(Number) });
  const pairs = await service.pairs();
  const { rows } = await parseDataset(pairs.file.stream(), { fileName: pairs.name, bytes: pairs.file.size });
  const split = splitDataset(rows, { seed: 1 });
  expect(split.test.map((i) => rows[i]?.origin)).toEqual(Array.from({ length: 52 }, () => undefined));
  expect([...split.train, ...split.dev].every((i) => !/bell|brake/.test(rows[i]?.positives[0] ?? "bell"))).toBe(true);
  expect(buildRetrievalTask(rows, split).measuredOn).toBeUndefined();
  expect((await service.takeReal(null)).view.real).toBeNull();
});
