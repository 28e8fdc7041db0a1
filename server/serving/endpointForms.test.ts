import { createHash } from "node:crypto";
import { createServer, type Server } from "node:http";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { PROBE_TEXTS } from "../../src/domain/artifact/probes.ts";
import type { Problem } from "../../src/domain/errors.ts";
import { at } from "../../src/domain/present.ts";
import { Secret } from "../lib/secret.ts";
import { dot } from "../testing/vectors.ts";
import { Endpoint } from "./endpoint.ts";
import { EndpointSession } from "./endpointSession.ts";

/*
 * Servers as others speak, as far as requests, answers, limits and refusals go. text-embeddings-inference: router/src/http/{server,types}.rs
 * (one text or a list, `--max-client-batch-size`, statuses by kind of error, 2 MB of body); vLLM: its OpenAI server with `--runner pooling`.
 */
const DIMENSION = 8;
const vectorOf = (words: string): number[] => {
  const bytes = createHash("sha256").update(words).digest().subarray(0, DIMENSION);
  const values = [...bytes].map((byte) => byte / 128 - 1);
  const norm = Math.hypot(...values);
  return values.map((value) => value / norm);
};

interface Answer {
  status: number;
  body: unknown;
}
const settings = { maxClientBatchSize: 32, maxTokens: 600, overloaded: 0, tooLong: 422 };
let bodies: { path: string; body: Record<string, unknown> }[] = [];

/** text-embeddings-inference; `/embed` and `/v1/embeddings` name their errors differently. */
const tei = (path: string, body: Record<string, unknown>): Answer => {
  const openai = path === "/v1/embeddings";
  const refuse = (status: number, message: string, type: string): Answer => ({
    status,
    body: openai ? { message, code: status, type } : { error: message, error_type: type },
  });
  if (settings.overloaded-- > 0) return refuse(429, "Model is overloaded", "Overloaded");
  const inputs = (openai ? body.input : body.inputs) as string[] | undefined;
  if (!inputs) return { status: 422, body: "Failed to deserialize the JSON body into the target type" };
  const { maxClientBatchSize: most, maxTokens } = settings;
  if (inputs.length > most)
    return refuse(422, `batch size ${inputs.length} > maximum allowed batch size ${most}`, "Validation");
  const long = inputs.map((words) => words.split(" ").length).find((count) => count > maxTokens);
  if (long && body.truncate !== true)
    return refuse(settings.tooLong, `\`inputs\` must have less than ${maxTokens} tokens. Given: ${long}`, "Validation");
  const vectors = inputs.map(vectorOf);
  if (!openai) return { status: 200, body: vectors };
  const data = vectors.map((embedding, index) => ({ object: "embedding", embedding, index }));
  return { status: 200, body: { object: "list", data, model: "m", usage: { prompt_tokens: 1, total_tokens: 1 } } };
};

/** vLLM knows one model by its served name, takes any number of texts, and refuses what is longer than its context. */
const vllm = (path: string, body: Record<string, unknown>, key: string | undefined): Answer => {
  const refuse = (code: number, type: string, message: string): Answer => ({
    status: code,
    body: { error: { message, type, param: null, code } },
  });
  if (key !== "Bearer the-key-of-vllm") return { status: 401, body: { error: "Unauthorized" } };
  if (path !== "/v1/embeddings") return { status: 404, body: { detail: "Not Found" } };
  if (body.model !== "merged")
    return refuse(404, "NotFoundError", `The model \`${String(body.model)}\` does not exist.`);
  const input = body.input as string[];
  if (input.some((words) => words.split(" ").length > settings.maxTokens))
    return refuse(400, "BadRequestError", `This model's maximum context length is ${settings.maxTokens} tokens.`);
  const data = input.map((words, index) => ({ index, object: "embedding", embedding: vectorOf(words) }));
  return { status: 200, body: { id: "embd-1", object: "list", created: 1, model: "merged", data, usage: {} } };
};

let server: Server;
let origin: string;
beforeAll(async () => {
  server = createServer((request, response) => {
    void text(request).then((sent) => {
      const [, which, ...path] = (request.url ?? "").split("/");
      const body = JSON.parse(sent) as Record<string, unknown>;
      bodies.push({ path: `/${path.join("/")}`, body });
      const answer = (which === "vllm" ? vllm : tei)(`/${path.join("/")}`, body, request.headers.authorization);
      response.writeHead(answer.status, { "content-type": "application/json" }).end(JSON.stringify(answer.body));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  origin = `http://127.0.0.1:${(server.address() as { port: number }).port}`;
});
beforeEach(() => {
  Object.assign(settings, { maxClientBatchSize: 32, maxTokens: 600, overloaded: 0, tooLong: 422 });
  bodies = [];
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const open = async (url: string, model = "merged", key = "the-key-of-vllm") => {
  const seen: Problem[] = [];
  let local = 0;
  const runtime = {
    run: async (sequences: readonly { text: string }[]) => {
      local += sequences.length;
      return sequences.map((one) => Float32Array.from(vectorOf(one.text)));
    },
    close: async () => {},
  };
  const session = await EndpointSession.open(
    {
      endpoint: new Endpoint({ url: `${origin}${url}`, model, key: new Secret(key) }),
      dimension: DIMENSION,
      probes: [{ prompt: "", vectors: PROBE_TEXTS.map((words) => Float32Array.from(vectorOf(words))) }],
      openLocal: async () => runtime,
      onChange: (problem) => void (problem && seen.push(problem)),
    },
    runtime,
  );
  return { session, seen, local: () => local };
};
const sequences = (count: number) => Array.from({ length: count }, (_, i) => ({ text: `text number ${i}` }));
const check = (vectors: readonly Float32Array[], count: number) => {
  expect(vectors).toHaveLength(count);
  vectors.forEach((vector, i) => expect(dot(vector, vectorOf(at(sequences(count), i).text))).toBeGreaterThan(0.9999));
};

describe.each([
  ["text-embeddings-inference as OpenAI", "/tei/v1"],
  ["text-embeddings-inference by /embed", "/tei/embed"],
  ["vLLM", "/vllm/v1"],
])("%s", (_, url) => {
  it("embeds a whole batch in order", async () => {
    const { session, seen, local } = await open(url);
    check(await session.run(sequences(31)), 31);
    expect([session.remote, seen, local()]).toEqual([true, [], 0]);
  });
});

it.each(["/tei/v1", "/tei/embed"])(
  "finds out by its refusals how many texts %s takes, and puts a probe into each part",
  async (url) => {
    settings.maxClientBatchSize = 5;
    const { session, seen, local } = await open(url);
    check(await session.run(sequences(31)), 31);
    const taken = bodies
      .map(({ body }) => (body.input ?? body.inputs) as string[])
      .filter((texts) => texts.length <= 5 && texts.some((words) => words.startsWith("text number")));
    for (const texts of taken) expect(PROBE_TEXTS).toContain(texts[0]);
    const before = bodies.length;
    check(await session.run(sequences(31)), 31);
    // It is known by now: nothing is refused any more.
    expect(bodies.slice(before).every(({ body }) => ((body.input ?? body.inputs) as string[]).length <= 5)).toBe(true);
    expect([session.remote, seen, local()]).toEqual([true, [], 0]);
  },
);

it("waits while text-embeddings-inference is overloaded", async () => {
  const { session } = await open("/tei/v1");
  settings.overloaded = 1;
  check(await session.run(sequences(3)), 3);
  expect(session.remote).toBe(true);
}, 15_000);

it.each([
  ["/tei/v1", "endpoint-too-large", 422],
  ["/tei/v1", "endpoint-too-large", 413], // earlier versions
  ["/vllm/v1", "endpoint-refused", 400],
])("embeds here what %s finds too long (%s, %i), and says so", async (url, code, status) => {
  settings.tooLong = status;
  const { session, seen, local } = await open(url);
  const long = { text: "word ".repeat(700) };
  const [vector] = await session.run([long]);
  expect(dot(vector ?? [], vectorOf(long.text))).toBeGreaterThan(0.9999);
  expect([seen.map((problem) => problem.code), local()]).toEqual([[code], 1]);
  expect(seen[0]?.message).toContain(`status ${status}`);
});

it("has text-embeddings-inference cut long texts where its own form can say so", async () => {
  const { session, local } = await open("/tei/embed");
  await session.run([{ text: "word ".repeat(700) }]);
  expect([session.remote, local()]).toEqual([true, 0]);
});

it.each([
  ["another model's name", "other", "the-key-of-vllm", "404"],
  ["a wrong key", "merged", "some-other-key", "401"],
])("says vLLM's status for %s, and embeds here", async (_, model, key, status) => {
  const { session, seen } = await open("/vllm/v1", model, key);
  check(await session.run(sequences(2)), 2);
  expect(session.remote).toBe(false);
  expect(seen[0]).toMatchObject({ code: "endpoint-refused", message: expect.stringContaining(`status ${status}`) });
  expect(seen[0]?.hint).toContain("EMBEDDING_ENDPOINT_MODEL");
});
