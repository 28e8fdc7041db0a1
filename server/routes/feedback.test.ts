import { afterAll, beforeAll, expect, it } from "vitest";
import { feedbackPaths, type FeedbackPairs, type FeedbackRequest } from "../../src/domain/api/index.ts";
import { at, present } from "../../src/domain/present.ts";
import { assemble } from "../app.ts";
import { Feedback } from "../feedback/feedback.ts";
import { Secret } from "../lib/secret.ts";
import { corpus, ingest, search } from "../testing/documents.ts";
import { testStudio, type TestStudio } from "../testing/studio.ts";
import { FeedbackStore } from "../vectors/index.ts";
import { feedbackRoutes } from "./feedback.ts";
import { mcpRoutes } from "./mcp.ts";

const QUESTION = "which zanzibar wombat sorts arrays";
const TOKEN = "a-token-of-some-length";

let studio: TestStudio;
beforeAll(async () => {
  studio = await testStudio({ FEEDBACK_KEEP_TEXT: "true", FEEDBACK_KEEP_DAYS: "30" });
  await ingest(studio.app, corpus(20));
}, 120_000);
afterAll(() => studio.close());

const say = (said: FeedbackRequest) =>
  studio.app.inject({ method: "POST", url: feedbackPaths.feedback, payload: said });
const pairs = async (query = "") =>
  (await studio.app.inject({ url: `${feedbackPaths.pairs}${query}` })).json<FeedbackPairs>();
const asked = async (q: string) => {
  const { body } = await search(studio.app, { q, k: "5" });
  return { search_id: present(body.search_id, "id of the search"), hits: body.hits };
};

it("makes pairs of what is said about results, each judgement once, and keeps the question out of log and spans", async () => {
  const { search_id, hits } = await asked(QUESTION);
  const [first, second, third] = [at(hits, 0), at(hits, 1), at(hits, 2)];
  const once = { search_id, chunk_id: first.chunkId, judgement: "good" as const, key: "app-1" };
  expect((await say(once)).json()).toEqual({ key: "app-1", repeated: false });
  expect((await say(once)).json()).toEqual({ key: "app-1", repeated: true });
  expect((await say({ ...once, judgement: "bad" })).json()).toMatchObject({ status: 409, code: "feedback-key-reused" });
  expect((await say({ search_id, document_id: second.documentId, score: 0.2, source: "app" })).statusCode).toBe(200);
  // Without a key the last word counts, and may be taken back.
  await say({ search_id, document_id: third.documentId, judgement: "good" });
  await say({ search_id, document_id: third.documentId, judgement: "bad" });
  expect(await pairs()).toMatchObject({
    pairs: [{ query: QUESTION, positive: [first.text], negatives: [second.text, third.text] }],
    counts: { judged: 3, pairs: 1, conflicts: 0 },
    outdated: 0,
    provenance: { source: "feedback", items: 3 },
  });
  await say({ search_id, document_id: third.documentId, judgement: "withdrawn" });
  expect((await pairs("?good=>=0.9&bad=<0.1")).pairs).toMatchObject([{ positive: [first.text], negatives: [] }]);
  expect(JSON.stringify(studio.lines)).not.toContain("zanzibar");
});

it("refuses what no search found, with what to send instead", async () => {
  const { search_id, hits } = await asked("kettle");
  const { documentId } = at(hits, 0);
  const codeOf = async (said: object) =>
    (await studio.app.inject({ method: "POST", url: feedbackPaths.feedback, payload: said })).json<{ code: string }>()
      .code;
  expect(await codeOf({ search_id: "search-none", document_id: documentId, judgement: "good" })).toBe("search-unknown");
  expect(await codeOf({ search_id, document_id: "elsewhere", judgement: "good" })).toBe("not-in-search");
  expect(await codeOf({ search_id, chunk_id: `${documentId}#77`, judgement: "good" })).toBe("not-in-search");
  expect(await codeOf({ search_id, judgement: "good" })).toBe("request-invalid");
  expect(await codeOf({ search_id, document_id: documentId, judgement: "good", score: 1 })).toBe("request-invalid");
  expect(await codeOf({ search_id, document_id: documentId, score: 2 })).toBe("request-invalid");
});

it("does not use a judgement on a passage that has another text by now, or is gone", async () => {
  await ingest(studio.app, [{ id: "changing", text: "The old text about opcode tables of machines." }]);
  const { search_id } = await asked("opcode tables of machines, the old text");
  await say({ search_id, document_id: "changing", judgement: "good" });
  expect((await pairs()).counts.pairs).toBe(2);
  await ingest(studio.app, [{ id: "changing", text: "A new text about something else." }]);
  expect(await pairs()).toMatchObject({ counts: { pairs: 1 }, outdated: 1 });
  await studio.app.inject({ method: "DELETE", url: "/api/documents/changing" });
  expect(await pairs()).toMatchObject({ counts: { pairs: 1 }, outdated: 1 });
});

it("lets an agent report what helped, and only one with the token", async () => {
  const guarded = await assemble({ ...studio, config: { ...studio.config, token: new Secret(TOKEN) } }, [
    feedbackRoutes,
    mcpRoutes,
  ]);
  const call = async (name: string, given: object, headers: Record<string, string> = {}) => {
    const answer = await guarded.inject({
      method: "POST",
      url: "/mcp",
      headers: { accept: "application/json, text/event-stream", ...headers },
      payload: { jsonrpc: "2.0", id: 1, method: "tools/call", params: { name, arguments: given } },
    });
    return answer.json<{
      result: { isError?: boolean; structuredContent?: Record<string, unknown>; content: { text: string }[] };
    }>().result;
  };
  const bearer = { authorization: `Bearer ${TOKEN}` };
  const found = (await call("search", { query: "mutex and threads" })).structuredContent as {
    search_id: string;
    hits: { documentId: string; chunk: number }[];
  };
  const { documentId, chunk } = at(found.hits, 0);
  const said = { search_id: found.search_id, document_id: documentId, chunk, judgement: "good" };
  const refused = await call("report_result", said);
  expect(refused).toMatchObject({ isError: true, content: [{ text: expect.stringContaining("token") }] });
  expect((await call("report_result", said, bearer)).structuredContent).toEqual({ repeated: false });
  expect((await call("report_result", said, bearer)).structuredContent).toEqual({ repeated: true });
  expect((await guarded.inject({ url: feedbackPaths.pairs })).statusCode).toBe(401);
  const given = await guarded.inject({ url: feedbackPaths.pairs, headers: bearer });
  expect(given.json<FeedbackPairs>().pairs.map(({ query }) => query)).toContain("mutex and threads");
  await guarded.close();
});

it("deletes questions after their days, and takes no feedback where none are kept", async () => {
  const store = new FeedbackStore(studio.database);
  const { log } = studio;
  const before = await store.size();
  expect(before).toBeGreaterThan(3);
  const in29 = new Feedback(store, studio.config.feedback, log, () => Date.now() + 29 * 24 * 3600_000);
  expect(await in29.purge()).toBe(0);
  const in31 = new Feedback(store, studio.config.feedback, log, () => Date.now() + 31 * 24 * 3600_000);
  expect(await in31.purge()).toBe(before);
  expect(await store.size()).toBe(0);
  expect((await pairs()).counts.judged).toBe(0);

  const off = new Feedback(store, { keepText: false, keepDays: 30 }, log);
  expect(await off.keep("a question", [])).toBeNull();
  await expect(off.take({ search_id: "s", document_id: "d", judgement: "good" } as never)).rejects.toMatchObject({
    code: "feedback-off",
  });
  expect(off.words).toContain("not kept");
  const health = await studio.app.inject({ url: "/health" });
  expect(health.json()).toMatchObject({
    feedback: { keepsText: true, keepDays: 30 },
    checks: { feedback: { status: "ok", message: expect.stringContaining("30 days") } },
  });
});
