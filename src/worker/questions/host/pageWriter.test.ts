import { expect, it } from "vitest";
import { StudioError } from "../../../domain/errors.ts";
import { FULL_DIALECT, requestBody } from "../../../domain/questions/endpoint/dialect.ts";
import { memoryLedger } from "../../../domain/questions/ledger.ts";
import type { Passage } from "../../../domain/questions/passage.ts";
import { planPrompts } from "../../../domain/questions/prompts.ts";
import { writeQuestions } from "../../../domain/questions/write.ts";
import type { Generate } from "../../generator/protocol.ts";
import { answerFailure } from "../../generator/host/failures.ts";
import { pageWriter } from "./pageWriter.ts";

const THINGS = ["bell", "brake", "lamp", "chain"];
const passages = THINGS.map((thing): Passage => ({
  id: thing,
  document: thing,
  title: null,
  heading: null,
  text: `The ${thing} is cleaned every week and oiled once a month.`,
}));
const settings = { perPassage: 2, examples: [], seed: 3 };
const never = new AbortController().signal;
type Messages = Parameters<Generate>[0];
const thingIn = (messages: Messages) => THINGS.find((thing) => messages[1]?.content.includes(`The ${thing} is`)) ?? "";

/** A writer whose model answers by what the passage is about. */
const writing = (answerAbout: (thing: string) => string) => {
  const asked: Messages[] = [];
  const generate: Generate = async (messages) => {
    asked.push(messages);
    return { text: answerAbout(thingIn(messages)), inputTokens: 100, outputTokens: 20 };
  };
  const ledger = memoryLedger();
  const write = (signal = never) =>
    writeQuestions({ passages, settings, writer: pageWriter("m@c", generate), ledger, signal });
  return { asked, write, ledger };
};
const entryOf = (entries: { passage: string }[], id: string) => entries.find(({ passage }) => passage === id);

it("asks what an endpoint is asked, in the same order, and reads answers as tolerantly", async () => {
  const answers: Record<string, string> = {
    bell: '{"questions": ["how to clean a bell", "bell oil"]}',
    brake: 'Sure! Here you are:\n```json\n["brake squeaks"]\n```',
    lamp: "1. lamp care\n2. when to oil a lamp",
    chain: '{"questions": []}',
  };
  const { asked, write } = writing((thing) => answers[thing] ?? "");
  const { entries } = await write();
  const plan = planPrompts(passages, settings);
  expect(asked).toEqual(passages.map((_, place) => requestBody("m", plan.promptAt(place), FULL_DIALECT).messages));
  expect(entryOf(entries, "bell")).toMatchObject({
    questions: ["how to clean a bell", "bell oil"],
    inputTokens: 100,
    outputTokens: 20,
  });
  expect(entryOf(entries, "brake")).toMatchObject({ questions: ["brake squeaks"] });
  expect(entryOf(entries, "lamp")).toMatchObject({ questions: ["lamp care", "when to oil a lamp"] });
  expect(entryOf(entries, "chain")).toMatchObject({ outcome: "skipped", reason: "nothing-to-ask" });
});

it("loses a passage alone when its answer is broken or its computation fails", async () => {
  const { write } = writing((thing) => {
    if (thing === "lamp") throw answerFailure(new Error("Non-zero status code returned while running MatMulNBits"));
    return thing === "brake" ? "brake brake brake" : `["about the ${thing}"]`;
  });
  const { entries } = await write();
  expect(entryOf(entries, "lamp")).toMatchObject({ outcome: "failed", problem: { code: "page-model-failed" } });
  expect(entryOf(entries, "brake")).toMatchObject({ outcome: "failed", problem: { code: "answer-unreadable" } });
  expect(entries.filter(({ outcome }) => outcome === "written")).toHaveLength(2);
});

it.each([
  ["page-device-lost", new Error("[WebGPU] Device is lost: GPUDevice was destroyed")],
  ["page-memory", new RangeError("Array buffer allocation failed")],
  ["page-memory", new Error("std::bad_alloc")],
])("ends the run on %s, keeps what was written, and says what to do", async (code, cause) => {
  let asked = 0;
  const { write, ledger } = writing(() => {
    if (++asked === 3) throw answerFailure(cause);
    return '["a question"]';
  });
  await expect(write()).rejects.toMatchObject({ code, hint: expect.stringMatching(/close other/i) as string });
  expect((await ledger.read())?.entries).toHaveLength(2);
  expect(asked).toBe(3);
});

it("does not tell what a runtime said, which may hold what it was asked", () => {
  const failure = answerFailure(new Error("The bell is cleaned every week"));
  expect(failure).toBeInstanceOf(StudioError);
  expect(`${failure.message} ${failure.hint}`).not.toContain("bell");
});

it("stops at a word between passages, and goes on from there", async () => {
  const stop = new AbortController();
  const { asked, write } = writing(() => {
    if (asked.length === 2) stop.abort();
    return '["a question"]';
  });
  expect((await write(stop.signal)).stopped).toBe("aborted");
  expect(asked).toHaveLength(2);
  expect((await write()).entries).toHaveLength(4);
  expect(asked.length).toBeLessThanOrEqual(5);
});
