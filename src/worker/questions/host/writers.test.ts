import { afterEach, expect, it, vi } from "vitest";
import type { ChatPrompt } from "../../../domain/questions/writer.ts";
import { openChatEndpoint, type ChatEndpoint, type ChatReply } from "../../../testing/chatEndpoint.ts";
import { writerOf } from "./writers.ts";

const prompt: ChatPrompt = { system: "Write.", user: "About a bell.", schema: {}, maxTokens: 64, seed: 1 };
const never = new AbortController().signal;
const NOBODY = { token: null, key: null };

let endpoint: ChatEndpoint | null = null;
afterEach(async () => {
  vi.unstubAllGlobals();
  await endpoint?.close();
  endpoint = null;
});
const answeringWith = async (reply: ChatReply) => (endpoint = await openChatEndpoint(() => reply)).url;
const onThisComputer = async (reply: ChatReply, key: string | null = null) =>
  writerOf({ kind: "endpoint", url: await answeringWith(reply), model: "small" }, { ...NOBODY, key }, () => undefined);
/** As the page asks the studio's own server. */
const throughServer = async (reply: ChatReply) => {
  vi.stubGlobal("location", { origin: new URL(await answeringWith(reply)).origin });
  return writerOf({ kind: "server", model: "small" }, NOBODY, () => undefined);
};
const refused = (status: number, problem: object): ChatReply => ({ status, body: JSON.stringify(problem) });

it.each([
  ["a key is wanted", { status: 401 }, null, /wants a key, or refuses this page/, /^Give the key under Key/],
  ["a key is wrong", { status: 401 }, "k", /refuses the key\.$/, /^Check the key under Key/],
  ["a model is not there", { status: 404 }, null, /knows no model small.*\(404\)/, /ollama pull NAME/],
  ["an account is empty", { status: 402 }, "k", /no credit left/, /^Add credit/],
] as const)("says what to do in the page where %s", async (_what, reply, key, message, hint) => {
  const writer = await onThisComputer(reply, key);
  await expect(writer.ask(prompt, never)).rejects.toMatchObject({
    message: expect.stringMatching(message) as string,
    hint: expect.stringMatching(hint) as string,
  });
});

it("names each cause that a browser hides: nobody there, a page that is not allowed, a certificate that is not trusted", async () => {
  const hidden = async (url: string) => {
    vi.stubGlobal("fetch", () => Promise.reject(new TypeError("Failed to fetch")));
    const writer = writerOf({ kind: "endpoint", url, model: "small" }, NOBODY, () => undefined);
    const failure: unknown = await writer.ask(prompt, never).catch((thrown: unknown) => thrown);
    return failure as { message: string; hint: string };
  };
  const plain = await hidden("http://127.0.0.1:11434/v1");
  expect(plain.message).toContain("http://127.0.0.1:11434/v1 could not be reached");
  expect(plain.hint).toMatch(/^Check that it runs, and that it may be used from this page: .*OLLAMA_ORIGINS/);
  const secure = await hidden("https://models.local:8443/v1");
  expect(secure.hint).toContain("trusts its certificate (open https://models.local:8443 in a tab");
  expect(secure.hint).toContain("Enable CORS");
});

it("tells the studio's own token from the key that its server has", async () => {
  const locked = await throughServer(refused(401, { code: "unauthorized" }));
  await expect(locked.ask(prompt, never)).rejects.toMatchObject({ code: "token-needed" });
  await endpoint?.close();
  const behind = {
    code: "endpoint-key-refused",
    message: "The endpoint refuses the key (401).",
    hint: "Set GENERATION_KEY to a key that may use this model.",
  };
  const wrongKey = await throughServer(refused(424, behind));
  await expect(wrongKey.ask(prompt, never)).rejects.toMatchObject(behind);
});
