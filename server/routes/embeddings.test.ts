import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ingestDocumentSchema } from "../../src/domain/api/index.ts";
import { createTokenizer } from "../../src/domain/text/tokenizer.ts";
import { tinyBase } from "../../src/testing/modelFiles.ts";
import { testStudio, type TestStudio } from "../testing/studio.ts";

interface Answer {
  data: { embedding: number[] }[];
  usage: { prompt_tokens: number };
  error: { message: string; param: string | null; code: string };
}

let studio: TestStudio;
beforeAll(async () => {
  studio = await testStudio();
}, 60_000);
afterAll(() => studio.close());

const embed = async (body: object) => {
  const response = await studio.app.inject({ method: "POST", url: "/v1/embeddings", payload: body });
  return { status: response.statusCode, headers: response.headers, ...response.json<Answer>() };
};
const json = async (path: string) => JSON.parse(await readFile(join(tinyBase, path), "utf8")) as object;

describe("token ids", () => {
  it.each([
    ["of OpenAI's vocabulary, as LangChain sends them", [[7003, 459, 1358]]],
    ["as one flat list", [7003, 459, 1358]],
    ["beyond the vocabulary", [[199_999]]],
  ])("%s are refused with the client's setting, not read as other words", async (_kind, input) => {
    const { status, error } = await embed({ input });
    expect([status, error.code]).toEqual([400, "token-ids-foreign"]);
    expect(error.message).toContain("token ids");
    expect(error.message).toContain("check_embedding_ctx_length=False");
  });

  it("of the model's own tokenizer are read", async () => {
    const tokenizer = createTokenizer(await json("tokenizer.json"), await json("tokenizer_config.json"), null);
    const texts = ["sort an array", "Der Kessel kocht; 水, ½ l."];
    const ids = texts.map((text) => [...tokenizer.encode("", text, 512)]);
    const [byIds, byText] = [await embed({ input: ids }), await embed({ input: texts })];
    expect(byIds.data).toEqual(byText.data);
    expect((await embed({ input: ids[0] })).data[0]).toEqual(byText.data[0]);
    expect((await embed({ input: ids[0]!.slice(0, -1) })).error.code).toBe("token-ids-foreign");
  });
});

describe("what clients send", () => {
  it("as null counts as left out", async () => {
    const plain = await embed({ input: "sort an array" });
    const nulls = { encoding_format: null, dimensions: null, user: null, input_type: null, model: null };
    expect((await embed({ input: "sort an array", ...nulls })).data).toEqual(plain.data);
    expect(ingestDocumentSchema.parse({ text: "x", id: null, title: null, source: null, metadata: null })).toEqual({
      text: "x",
      metadata: {},
    });
  });

  it.each([
    ["query", ["search_query"]],
    ["document", ["passage", "search_document", undefined]],
  ])("as the kind of text is understood: %s", async (own, others) => {
    const { data } = await embed({ input: "sort an array", input_type: own });
    for (const input_type of others) expect((await embed({ input: "sort an array", input_type })).data).toEqual(data);
  });

  it.each<[unknown, RegExp]>([
    [Array<string>(2049).fill("x"), /2,049 texts.*may hold 2,048.*further requests/],
    [7, /is a number.*1 to 2,048 texts/],
    [{ text: "x" }, /is an object.*Send one text/],
    [["a", 7], /a number at place 2 \(input\[1\]\)/],
    [["a", "b", { text: "x" }], /an object at place 3/],
    [["a", null], /null at place 2/],
    [["a", ""], /input\.1: is an empty text/],
    [["a", [1, 2]], /a list at place 2/],
    ["", /is an empty text/],
    [[], /is an empty list/],
    [undefined, /is missing/],
  ])("as an input that cannot be taken is answered with place and cure (%#)", async (input, said) => {
    const { status, error } = await embed({ input });
    expect([status, error.param]).toEqual([400, expect.stringMatching(/^input/)]);
    expect(error.message).toMatch(said);
  });

  it("as input_type names the kinds there are when it is none of them", async () => {
    const { status, error } = await embed({ input: "x", input_type: "image" });
    expect([status, error.param]).toEqual([400, "input_type"]);
    expect(error.message).toContain("search_query");
  });
});

it.each([
  ["production", 200],
  ["baseline", 200],
  ["qwen3-embedding-tiny", 200],
  ["Qwen%2Fqwen3-embedding-tiny", 200],
  ["Qwen/qwen3-embedding-tiny", 200],
  ["gpt-9", 404],
])("GET /v1/models/%s is answered with %i", async (id, status) => {
  const response = await studio.app.inject({ url: `/v1/models/${id}` });
  expect(response.statusCode).toBe(status);
  if (status === 404) expect(response.json<Answer>().error.code).toBe("model_not_found");
  else
    expect(response.json()).toEqual({
      id: decodeURIComponent(id),
      object: "model",
      created: 0,
      owned_by: "recall-studio",
      fingerprint: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
});
