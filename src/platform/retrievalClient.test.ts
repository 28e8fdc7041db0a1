import { afterEach, expect, test, vi } from "vitest";
import { retrievalPaths } from "../domain/api/index.ts";
import { retrievalClient } from "./retrievalClient.ts";

afterEach(() => vi.unstubAllGlobals());

/** Asks a question of a server that answers with this status and a page of its own. */
const ask = async (q: string, status = 431) => {
  const sent: { path: string; method: string | undefined; body: unknown }[] = [];
  vi.stubGlobal("sessionStorage", { getItem: () => null });
  vi.stubGlobal("fetch", async (path: string, { method, body }: RequestInit) => {
    sent.push({ path, method, body: typeof body === "string" ? JSON.parse(body) : body });
    return new Response("<html></html>", { status });
  });
  const request = { q, k: 3, mode: null, rerank: null, dimension: null, filter: ["team:red"] };
  const thrown: unknown = await retrievalClient
    .search(request, "production", new AbortController().signal)
    .catch((e) => e);
  return { sent, thrown };
};

test("a question goes in the address, and one that is too long for it in the body", async () => {
  const { sent } = await ask("short");
  expect(sent).toMatchObject([
    { method: "GET", path: `${retrievalPaths.search}?q=short&k=3&model=production&filter=team%3Ared` },
  ]);
  // Half a character does not hinder it.
  const long = `\ud83d${"ترتيب ".repeat(400)}`;
  const body = { q: long, k: 3, mode: null, rerank: null, model: "production", filter: ["team:red"], dimension: null };
  expect((await ask(long)).sent).toEqual([{ method: "POST", path: retrievalPaths.search, body }]);
});

test("a refusal is no server that does not answer", async () => {
  expect((await ask("q")).thrown).toMatchObject({ code: "request-refused", message: expect.stringMatching(/431/) });
  expect((await ask("q", 502)).thrown).toMatchObject({ code: "server-unreachable" });
});
