import { createHash } from "node:crypto";
import { createServer, type Server } from "node:http";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { apiPaths, rerankPaths, type Health } from "../../src/domain/api/index.ts";
import { classifierModel, CLASSIFIER_WEIGHTS } from "../../src/testing/classifierModel.ts";
import { at } from "../../src/domain/present.ts";
import { testServer } from "../testing/server.ts";
import { openCrossEncoder } from "./crossEncoder.ts";
import { rerankModelFolder } from "./modelFolder.ts";

const REPO = "cross/tiny";
const COMMIT = "a".repeat(40);
const files = classifierModel();
let folder: string;
let hub: Server;
let url: string;
const asked: string[] = [];
let spoilt = false;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "cross-"));
  for (const [path, bytes] of Object.entries(files)) {
    await mkdir(dirname(join(folder, "models/local", path)), { recursive: true });
    await writeFile(join(folder, "models/local", path), bytes);
  }
  hub = createServer((request, response) => {
    const path = request.url ?? "";
    asked.push(path);
    if (path === `/api/models/${REPO}/tree/${COMMIT}?recursive=true`)
      return void response.end(
        JSON.stringify(
          Object.entries({ ...files, "model.safetensors": new Uint8Array(9) }).map(([name, bytes]) => ({
            type: "file",
            path: name,
            size: bytes.length,
            ...(name.endsWith(".onnx") && { lfs: { oid: createHash("sha256").update(bytes).digest("hex"), size: 1 } }),
          })),
        ),
      );
    const bytes = files[path.replace(`/${REPO}/resolve/${COMMIT}/`, "")];
    if (!bytes) return void response.writeHead(404).end();
    response.end(spoilt ? bytes.map((byte) => byte ^ 1) : bytes);
  });
  await new Promise<void>((ready) => hub.listen(0, "127.0.0.1", ready));
  url = `http://127.0.0.1:${(hub.address() as AddressInfo).port}`;
});
afterAll(async () => {
  hub.closeAllConnections();
  hub.close();
  await rm(folder, { recursive: true });
});

const place = (name: string, revision: string | null) => ({
  name,
  revision,
  modelsDir: join(folder, "models"),
  cacheDir: join(folder, "cache"),
  hub: { url, token: null },
});
const never = new AbortController().signal;
const sum = (words: string) => words.split(" ").reduce((total, word) => total + (CLASSIFIER_WEIGHTS[word] ?? 0), 0);

it("scores question and passage together, in any number, and cuts what is too long", async () => {
  const model = await openCrossEncoder(await rerankModelFolder(place("local", null)), "local", 1);
  // The question's words weigh a tenth of the passage's, by their token types; [CLS] and [SEP] weigh 1 each in either part.
  const expected = (query: string, text: string) => 0.1 * (2 + sum(query)) + sum(text) + 1;
  const texts = Array.from({ length: 19 }, (_, i) =>
    Array(1 + (i % 4))
      .fill(at(Object.keys(CLASSIFIER_WEIGHTS), i % 3))
      .join(" "),
  );
  const scores = await model.score("chain oil", texts, never);
  texts.forEach((text, i) => expect(scores[i]).toBeCloseTo(expected("chain oil", text), 5));
  // 16 tokens: 3 of the form, at most 6 of the question, the rest of the passage.
  const [long] = await model.score(Array(40).fill("chain").join(" "), [Array(40).fill("oil").join(" ")], never);
  expect(long).toBeCloseTo(expected(Array(6).fill("chain").join(" "), Array(7).fill("oil").join(" ")), 5);
  await model.close();
});

it("fetches a commit's files once, those it needs alone, and takes none that came otherwise than the hub has them", async () => {
  spoilt = true;
  await expect(rerankModelFolder(place(REPO, COMMIT))).rejects.toMatchObject({
    code: "rerank-download",
    message: expect.stringContaining("did not come whole") as string,
  });
  spoilt = false;
  await rm(join(folder, "cache"), { recursive: true });
  const fetched = await rerankModelFolder(place(REPO, COMMIT));
  expect(await readFile(join(fetched, "onnx/model.onnx"))).toEqual(Buffer.from(at(Object.values(files).slice(-1), 0)));
  asked.length = 0;
  expect(await rerankModelFolder(place(REPO, COMMIT))).toBe(fetched);
  expect(asked).toEqual([`/api/models/${REPO}/tree/${COMMIT}?recursive=true`]);
  await expect(rerankModelFolder(place("other/model", COMMIT))).rejects.toMatchObject({
    message: expect.stringContaining("404") as string,
  });
  await expect(rerankModelFolder(place("nowhere", null))).rejects.toMatchObject({ code: "rerank-model-missing" });
});

it("serves from the hub in the background; what does not load leaves searches unreranked, and says so", async () => {
  const health = async (server: { app: Awaited<ReturnType<typeof testServer>>["app"] }) =>
    (await server.app.inject({ url: apiPaths.health })).json<Health>();
  const server = await testServer({ RERANK_MODEL: REPO, RERANK_REVISION: COMMIT, HF_ENDPOINT: url });
  const payload = { questions: [{ query: "chain", texts: ["oil", "chain"] }] };
  await expect
    .poll(async () => (await health(server)).checks.rerank?.message, { timeout: 20_000 })
    .toMatch(/is loaded/);
  const { model, scores } = (await server.app.inject({ method: "POST", url: rerankPaths.rerank, payload })).json<{
    model: string;
    scores: number[][];
  }>();
  expect([model, scores[0]?.length]).toEqual([REPO, 2]);
  await server.close();
  const without = await testServer({ RERANK_MODEL: "nowhere" });
  await expect
    .poll(async () => (await health(without)).checks.rerank?.message, { timeout: 20_000 })
    .toMatch(/There is no reranker in/);
  expect((await health(without)).status).toBe("degraded");
  expect((await without.app.inject({ method: "POST", url: rerankPaths.rerank, payload })).statusCode).toBe(424);
  await without.close();
}, 60_000);
