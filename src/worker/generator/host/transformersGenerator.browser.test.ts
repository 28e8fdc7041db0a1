import { beforeAll, expect, it } from "vitest";
import type { ModelFiles } from "../../../domain/modelFiles.ts";
import { chainModel } from "../../../testing/chainModel.ts";
import type { Generate } from "../protocol.ts";
import { openTransformers } from "./transformersGenerator.ts";

const contents = chainModel("onnx/model_q4.onnx");
const files: ModelFiles = {
  id: "chain",
  revision: "local",
  size: async (path) => contents[path]?.length ?? null,
  sha256: async () => null,
  read: async (path, start, end) => (contents[path] ?? new Uint8Array()).slice(start, end),
};

const messages = [
  { role: "system", content: "say" },
  { role: "user", content: "say chain" },
] as const;
let generate: Generate;
beforeAll(async () => {
  generate = await openTransformers(files, { device: "wasm", precision: "q4" });
});

it("answers through the library and its runtime, to the token that ends an answer", async () => {
  const { signal } = new AbortController();
  const answer = await generate(messages, { maxNewTokens: 20, signal });
  // system say user say chain go, and what follows with its end.
  expect(answer).toEqual({ text: "- clean chain", inputTokens: 6, outputTokens: 4 });
  expect((await generate(messages, { maxNewTokens: 2, signal })).text).toBe("- clean");
});

it("is stopped by a signal, and answers the next time", async () => {
  const stop = new AbortController();
  const stopped = generate(messages, { maxNewTokens: 20, signal: stop.signal });
  stop.abort();
  await expect(stopped).rejects.toMatchObject({ name: "AbortError" });
  const { signal } = new AbortController();
  expect((await generate(messages, { maxNewTokens: 20, signal })).text).toBe("- clean chain");
});
