import { afterEach, expect, it } from "vitest";
import { apiPaths, generationPaths, type Health, type ProblemDetails } from "../../src/domain/api/index.ts";
import { endpointWriter } from "../../src/domain/questions/endpoint/endpointWriter.ts";
import { memoryLedger } from "../../src/domain/questions/ledger.ts";
import { writeQuestions } from "../../src/domain/questions/write.ts";
import {
  answering,
  openChatEndpoint,
  type AskedChat,
  type ChatEndpoint,
  type ChatReply,
} from "../../src/testing/chatEndpoint.ts";
import { serverPool } from "../testing/server.ts";

const { serve, closeAll } = serverPool();
let endpoint: ChatEndpoint | null = null;
afterEach(async () => {
  await closeAll();
  await endpoint?.close();
  endpoint = null;
});

const TOKEN = "a-token-of-24-characters";
const KEY = "sk-planted-key";
const TEXT = "kumquat chains are oiled every month of the year";

/** A studio before an endpoint of this script, and a request to it. */
const between = async (script: (asked: AskedChat) => ChatReply, environment: Record<string, string> = {}) => {
  endpoint = await openChatEndpoint(script);
  const studio = await serve({
    STUDIO_TOKEN: TOKEN,
    LOG_LEVEL: "trace",
    GENERATION_ENDPOINT: endpoint.url,
    GENERATION_MODEL: "writer-1",
    GENERATION_KEY: KEY,
    ...environment,
  });
  const ask = (payload: object = {}, authorization = `Bearer ${TOKEN}`) =>
    studio.app.inject({
      method: "POST",
      url: generationPaths.completions,
      headers: { authorization },
      payload: { model: "any", messages: [{ role: "user", content: TEXT }], ...payload },
    });
  return { studio, ask, asked: endpoint.asked };
};

it("asks with the server's own model and key, and passes the answer on; neither texts nor the key are logged", async () => {
  const { studio, ask, asked } = await between(() => answering("how often is kumquat oiled"));
  const answer = await ask({ seed: 3, response_format: { type: "json_object" } });
  expect(answer.statusCode).toBe(200);
  expect(answer.json()).toMatchObject({
    choices: [{ message: { content: '{"questions":["how often is kumquat oiled"]}' } }],
  });
  expect(asked).toMatchObject([{ authorization: `Bearer ${KEY}`, body: { model: "writer-1", seed: 3 } }]);
  const streamed = await ask({ stream: true });
  expect(streamed.headers["content-type"]).toContain("text/event-stream");
  const said = JSON.stringify([studio.lines, answer.headers]);
  for (const secret of ["kumquat", KEY, TOKEN]) expect(said).not.toContain(secret);
  expect((await studio.app.inject({ url: apiPaths.health })).json<Health>().generation).toEqual({ model: "writer-1" });
});

it("wants the token, and takes nothing that a list of questions does not need", async () => {
  const { ask, asked } = await between(() => answering("a"));
  expect((await ask({}, "Bearer wrong")).statusCode).toBe(401);
  const tools = [{ type: "function", function: { name: "x" } }];
  for (const more of [{ tools }, { messages: [] }, { max_tokens: 1e9 }, { messages: [{ role: "tool", content: "x" }] }])
    expect((await ask(more)).statusCode).toBe(400);
  expect(asked).toEqual([]);
});

it.each<[string, ChatReply, number, string]>([
  ["a wrong key", { status: 401 }, 424, "endpoint-key-refused"],
  ["no such model", { status: 404 }, 424, "endpoint-not-found"],
  ["too much to do", { status: 429, headers: { "retry-after": "7" } }, 429, "endpoint-busy"],
  ["a failure", { status: 503 }, 502, "endpoint-failed"],
  ["an answer that was cut", { cut: "{" }, 502, "endpoint-failed"],
  ["a parameter", { status: 400, body: `{"error": "no temperature for ${TEXT}"}` }, 400, "endpoint-refused"],
])("says what is wrong behind it: %s", async (_what, reply, status, code) => {
  const { ask } = await between(() => reply);
  const answer = await ask();
  expect(answer.statusCode).toBe(status);
  const problem = answer.json<ProblemDetails>();
  expect(problem.code).toBe(code);
  expect(answer.body).not.toContain("kumquat");
  if (status === 429) expect(answer.headers["retry-after"]).toBe("7");
  if (status === 400) expect(answer.body).toContain("temperature");
});

it("is a writer's endpoint as it stands: a run through it is complete, and a key that fails ends it with the server's words", async () => {
  const { studio, asked } = await between(({ time, body, number }) => {
    if ("temperature" in body) return { status: 400, body: '{"error":{"param":"temperature"}}' };
    if (number > 12) return { status: 401 };
    return time === 1 ? { status: 429, headers: { "retry-after": "0" } } : answering("a chain");
  });
  const address = await studio.app.listen({ port: 0, host: "127.0.0.1" });
  const writer = endpointWriter({
    url: `${address}${generationPaths.api}`,
    model: "writer-1",
    key: TOKEN,
    concurrency: 1,
    pause: async () => {},
  });
  const passages = (count: number) =>
    Array.from({ length: count }, (_, i) => ({
      id: `p${i}`,
      document: "d",
      title: null,
      heading: null,
      text: `${TEXT} number ${i}`,
    }));
  const settings = { perPassage: 1, examples: [], seed: 1 };
  const run = (count: number) =>
    writeQuestions({ passages: passages(count), settings, writer, ledger: memoryLedger() });
  expect((await run(3)).entries.map(({ outcome }) => outcome)).toEqual(["written", "written", "written"]);
  expect(asked.filter(({ body }) => "temperature" in body)).toHaveLength(1);
  await expect(run(9)).rejects.toMatchObject({
    code: "endpoint-key-refused",
    hint: expect.stringContaining("GENERATION_KEY") as string,
  });
});

it("says that nothing is configured, and what to set", async () => {
  const studio = await serve({});
  const answer = await studio.app.inject({
    method: "POST",
    url: generationPaths.completions,
    payload: { messages: [{ role: "user", content: "x" }] },
  });
  expect(answer.statusCode).toBe(424);
  expect(answer.json<ProblemDetails>()).toMatchObject({
    code: "generation-not-configured",
    hint: expect.stringContaining("GENERATION_ENDPOINT") as string,
  });
  expect((await studio.app.inject({ url: apiPaths.health })).json<Health>().generation).toBeNull();
});
