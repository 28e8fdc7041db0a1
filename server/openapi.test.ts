import { spawnSync } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { createConfig, lintFromString } from "@redocly/openapi-core";
import openapiTS, { astToString } from "openapi-typescript";
import ts from "typescript";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { hubForms } from "./hub/forms.ts";
import { PROJECT_ROOT } from "./lib/project.ts";
import { testStudio, type TestStudio } from "./testing/studio.ts";

const TOKEN = "a-token-of-24-characters";
let studio: TestStudio;
let address: string;
/** Where the generated client lies: below node_modules, so that it finds its packages. */
let folder: string;

beforeAll(async () => {
  studio = await testStudio({ STUDIO_TOKEN: TOKEN });
  address = await studio.app.listen({ port: 0, host: "127.0.0.1" });
  const cache = join(PROJECT_ROOT, "node_modules/.cache");
  await mkdir(cache, { recursive: true });
  folder = await mkdtemp(join(cache, "openapi-"));
}, 60_000);
afterAll(async () => {
  await studio.close();
  await rm(folder, { recursive: true, force: true });
}, 60_000);

interface Operation {
  operationId: string;
  security: object[];
  responses: Record<string, unknown>;
  requestBody?: { required: boolean; content: object };
  parameters?: { name: string; in: string; required: boolean }[];
}
const describedBy = async () =>
  (await studio.app.inject({ url: "/docs/json" })).json<{
    servers: object[];
    paths: Record<string, Record<string, Operation>>;
    components: { schemas: object };
  }>();

/** A client over the generated types; what stands here is what a caller would write. */
const CALLS = `
import createClient from "openapi-fetch";
import type { paths } from "./schema.mjs";

export const run = async (baseUrl: string, token: string) => {
  const open = createClient<paths>({ baseUrl });
  const api = createClient<paths>({ baseUrl, headers: { authorization: \`Bearer \${token}\` } });
  const refused = await open.POST("/api/ingest", { body: { documents: [{ text: "a" }] } });
  const json = await api.POST("/api/ingest", { body: { documents: [{ id: "a", text: "Sorts an array.", metadata: { team: "red", year: 2020 } }] } });
  const lines = await api.POST("/api/ingest", {
    headers: { "content-type": "application/x-ndjson" }, body: '{"id": "b", "text": "Boils water."}\\n', bodySerializer: (body) => body,
  });
  const files = await api.POST("/api/ingest", {
    body: { files: [new Blob(["A note about invoices."])] },
    bodySerializer: (body) => {
      const form = new FormData();
      if (typeof body === "object" && "files" in body) for (const file of body.files) form.append("files", file, "note.txt");
      return form;
    },
  });
  const states: string[] = [];
  for (const answer of [json, lines, files]) {
    const id = answer.data?.job.id ?? "";
    for (;;) {
      const { data } = await api.GET("/api/ingest/jobs/{id}", { params: { path: { id } } });
      if (data && data.state !== "queued" && data.state !== "running") { states.push(data.state); break; }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
  const all = await open.GET("/api/search", { params: { query: { q: "array" } } });
  const some = await open.GET("/api/search", { params: { query: { q: "array", filter: ["team:red", "year:2020"] } } });
  const embedding = await open.POST("/v1/embeddings", { body: { input: ["a"] } });
  const model = await open.GET("/v1/models/{id}", { params: { path: { id: "production" } } });
  const noModel = await open.GET("/v1/models/{id}", { params: { path: { id: "nothing" } } });
  const config = await open.GET("/base/{name}/{path}", { params: { path: { name: "qwen3-embedding-tiny", path: "config.json" } } });
  const pooling = await open.GET("/base/{name}/{path}", { params: { path: { name: "qwen3-embedding-tiny", path: "1_Pooling/config.json" } } });
  const bytes = new Blob(["{}"]);
  const upload = await api.POST("/api/registry/uploads", { body: { by: "tester", files: [{ path: "1_Pooling/config.json", bytes: bytes.size }] } });
  const digest = Buffer.from(await crypto.subtle.digest("SHA-256", await bytes.arrayBuffer())).toString("base64");
  const sent = await api.PUT("/api/registry/uploads/{id}/files/{path}", {
    params: { path: { id: upload.data?.id ?? "", path: "1_Pooling/config.json" }, header: { "content-digest": \`sha-256=:\${digest}:\` } },
    headers: { "content-type": "application/octet-stream" }, body: bytes, bodySerializer: (body) => body,
  });
  const reembed = await api.POST("/api/index/re-embed", {});
  const removed = await api.DELETE("/api/documents/{id}", { params: { path: { id: "a" } } });
  return {
    refused: refused.error?.code, states, all: all.data?.hits.length, some: some.data?.hits.map((hit) => hit.documentId),
    dimension: embedding.data?.data[0]?.embedding.length, model: model.data?.id, noModel: noModel.error?.error.code,
    config: config.data !== undefined, pooling: pooling.data !== undefined, received: sent.data?.path, sentError: sent.error,
    reembed: reembed.response.status, removed: removed.response.status,
  };
};
`;
/** Calls that a client without types would make and a server would refuse. */
const WRONG = `
import createClient from "openapi-fetch";
import type { paths } from "./schema.mjs";
const api = createClient<paths>({ baseUrl: "" });
void api.GET("/api/search", { params: { query: { k: 3 } } });
void api.GET("/api/documents/{id}", { params: { path: { name: "a" } } });
void api.POST("/api/ingest", { body: { documents: [{ id: "no text" }] } });
void api.GET("/api/nowhere");
`;

/** Compiles the sources strictly beside the generated types; the messages of what fails, with file and line. */
const compile = async (sources: Record<string, string>): Promise<string[]> => {
  const description = JSON.stringify(await describedBy());
  const file = ts.factory.createTypeReferenceNode("Blob");
  const nodes = await openapiTS(description, {
    transform: ({ format }) => (format === "binary" ? file : undefined),
  });
  await writeFile(join(folder, "schema.mts"), astToString(nodes));
  for (const [name, text] of Object.entries(sources)) await writeFile(join(folder, name), text);
  const options = [
    "--ignoreConfig --pretty false --target es2022 --module nodenext --strict --exactOptionalPropertyTypes --types node",
    "--skipLibCheck", // libraries are those of packages; what was generated is none
    "--outDir . --rootDir .",
  ];
  const compiler = join(PROJECT_ROOT, "node_modules/typescript-native/bin/tsc");
  const args = [compiler, ...options.join(" ").split(" "), "schema.mts", ...Object.keys(sources)];
  const { stdout } = spawnSync(process.execPath, args, { cwd: folder, encoding: "utf8" });
  // A fault begins its line; what explains it is indented.
  const faults = stdout.split("\n").filter((line) => /^\S/.test(line));
  return faults.map((fault) => fault.replace(/\((\d+),\d+\): /, ":$1 "));
};

describe("the description of the API", () => {
  it("has no error and no warning under redocly's recommended rules", async () => {
    const source = JSON.stringify(await describedBy());
    const config = await createConfig({ extends: ["recommended"] });
    const problems = await lintFromString({ source, config, absoluteRef: "openapi.json" });
    expect(problems.map(({ ruleId, message, location: [at] }) => `${ruleId}: ${message} ${at?.pointer}`)).toEqual([]);
  });

  it("asks for the token where the server does, and describes what a client must send", async () => {
    const { paths, servers } = await describedBy();
    expect(servers).toHaveLength(1);
    for (const [path, operations] of Object.entries(paths))
      for (const [method, { security, parameters = [], responses, operationId }] of Object.entries(operations)) {
        const url = path.replace(/\{[^}]+\}/g, "x");
        const { statusCode } = await studio.app.inject({ method: method.toUpperCase() as "GET", url });
        expect([operationId, security.length]).toEqual([operationId, statusCode === 401 ? 1 : 0]);
        const inPath = [...path.matchAll(/\{([^}]+)\}/g)].map(([, name]) => name);
        expect(parameters.filter((one) => one.in === "path").map(({ name }) => name)).toEqual(inPath);
        expect(inPath.every((name) => /^\w+$/.test(name ?? ""))).toBe(true);
        expect(Object.keys(responses)).toContain("4XX");
      }
    const at = (path: string, method: string) => paths[path]?.[method];
    expect(Object.keys(at("/api/ingest", "post")?.requestBody?.content ?? {})).toEqual([
      "application/json",
      "application/x-ndjson",
      "multipart/form-data",
    ]);
    expect(at("/api/registry/uploads/{id}/files/{path}", "put")?.requestBody?.content).toHaveProperty(
      "application/octet-stream",
    );
    expect(at("/api/search", "get")?.parameters?.find(({ name }) => name === "filter")?.required).toBe(false);
    expect(at("/api/index/re-embed", "post")?.requestBody?.required).toBe(false);
  });

  it("gives a client that compiles, refuses wrong calls, and reaches the server", async () => {
    const faults = await compile({ "calls.mts": CALLS, "wrong.mts": WRONG });
    const places = [...new Set(faults.map((fault) => (fault.startsWith("wrong") ? fault.split(" ")[0] : fault)))];
    expect(places).toEqual([5, 6, 7, 8].map((line) => `wrong.mts:${line}`));
    const { run } = (await import(/* @vite-ignore */ pathToFileURL(join(folder, "calls.mjs")).href)) as {
      run: (address: string, token: string) => Promise<object>;
    };
    expect(await run(address, TOKEN)).toEqual({
      refused: "unauthorized",
      states: ["succeeded", "succeeded", "succeeded"],
      all: 3,
      some: ["a"],
      dimension: 128,
      model: "production",
      noModel: "model_not_found",
      config: true,
      pooling: true,
      received: "1_Pooling/config.json",
      sentError: undefined,
      reembed: 202,
      removed: 204,
    });
  }, 180_000);

  it("describes the hub's answers as they are", async () => {
    const ask = async (path: string) =>
      (await studio.app.inject({ url: `/api/models/Qwen/qwen3-embedding-tiny${path}` })).json<unknown>();
    hubForms.repository.parse(await ask(""));
    hubForms.refs.parse(await ask("/refs"));
    hubForms.commits.parse(await ask("/commits/main"));
    const tree = hubForms.entries.parse(await ask("/tree/main"));
    expect(tree.some(({ type }) => type === "directory")).toBe(true);
    hubForms.refusal.parse(await ask("/tree/nowhere"));
  });
});
