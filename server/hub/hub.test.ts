import { readFile, rm } from "node:fs/promises";
import { request } from "node:http";
import { join } from "node:path";
import {
  downloadFile,
  fileDownloadInfo,
  fileExists,
  listFiles,
  modelInfo,
  pathsInfo,
  snapshotDownload,
} from "@huggingface/hub";
import { AutoConfig, AutoTokenizer, env, pipeline } from "@huggingface/transformers";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import type { ModelVersion } from "../../src/domain/api/index.ts";
import {
  PROBE_TEXTS,
  readReference,
  REFERENCE_PATH,
  smallestCosine,
  type FolderFile,
} from "../../src/domain/artifact/index.ts";
import { trueArtifact } from "../ingest/testing.ts";
import { promote, register, sampleArtifact, testServer, TINY, type TestServer } from "../testing.ts";
import { PRODUCTION_REPO } from "./repositories.ts";

const REPO = `recall-studio/${TINY}-tuned`;
let server: TestServer;
let hubUrl: string;
let files: FolderFile[];
let first: ModelVersion;
let second: ModelVersion;
const bytesOf = (path: string) => files.find((file) => file.path === path)!.bytes;

beforeAll(async () => {
  server = await testServer();
  files = await sampleArtifact({ seed: 1 });
  first = await register(server.app, files);
  second = await register(server.app, await sampleArtifact({ seed: 2 }));
  await promote(server.app, first.version);
  hubUrl = await server.app.listen({ port: 0, host: "127.0.0.1" });
});
afterAll(() => server.close());

const at = (path: string, revision = "main", repo = REPO) => `${hubUrl}/${repo}/resolve/${revision}/${path}`;

describe("resolve", () => {
  it("answers HEAD with everything huggingface_hub asks for", async () => {
    const response = await fetch(at("adapter_model.safetensors"), {
      method: "HEAD",
      headers: { "accept-encoding": "gzip, br" },
    });
    const { headers } = response;
    expect(response.status).toBe(200);
    expect(headers.get("etag")).toMatch(/^"[0-9a-f]{64}"$/);
    expect(headers.get("x-repo-commit")).toMatch(/^[0-9a-f]{40}$/);
    expect(headers.get("x-repo-commit")).toBe(first.commit);
    expect(Number(headers.get("content-length"))).toBe(bytesOf("adapter_model.safetensors").length);
    expect(headers.get("content-encoding")).toBeNull();
    expect(headers.get("accept-ranges")).toBe("bytes");
    expect(headers.get("x-linked-etag")).toBe(headers.get("etag"));
  });

  it.each(["main", "version", "commit"])("gives the same bytes by %s", async (kind) => {
    const revision = { main: "main", version: first.version, commit: first.commit }[kind]!;
    const response = await fetch(at("config.json", revision));
    expect(Buffer.from(await response.arrayBuffer()).equals(bytesOf("config.json"))).toBe(true);
    expect(response.headers.get("x-repo-commit")).toBe(first.commit);
  });

  it.each([
    ["bytes=0-0", 206, 0, 1],
    ["bytes=5-9", 206, 5, 10],
    ["bytes=-4", 206, -4, undefined],
    ["bytes=10-", 206, 10, undefined],
    ["bytes=0-999999999", 206, 0, undefined],
    ["bytes=0-1,4-5", 200, 0, undefined],
    ["bytes=9-5", 200, 0, undefined],
    ["chars=0-1", 200, 0, undefined],
  ])("answers the range %s with %i", async (range, status, start, end) => {
    const whole = Buffer.from(bytesOf("tokenizer.json"));
    const response = await fetch(at("tokenizer.json"), { headers: { range } });
    const expected = whole.subarray(start, end);
    expect(response.status).toBe(status);
    expect(Buffer.from(await response.arrayBuffer()).equals(expected)).toBe(true);
    expect(Number(response.headers.get("content-length"))).toBe(expected.length);
    const from = start < 0 ? whole.length + start : start;
    if (status === 206)
      expect(response.headers.get("content-range")).toBe(`bytes ${from}-${from + expected.length - 1}/${whole.length}`);
  });

  it("answers 416 past the end, 304 for what is known, and heeds If-Range", async () => {
    const size = bytesOf("config.json").length;
    const past = await fetch(at("config.json"), { headers: { range: `bytes=${size}-` } });
    expect(past.status).toBe(416);
    expect(past.headers.get("content-range")).toBe(`bytes */${size}`);
    const etag = past.headers.get("etag") ?? "";
    expect((await fetch(at("config.json"), { headers: { "if-none-match": etag } })).status).toBe(304);
    const ranged = (validator: string) =>
      fetch(at("config.json"), { headers: { range: "bytes=0-1", "if-range": validator } }).then(({ status }) => status);
    expect(await ranged(etag)).toBe(206);
    expect(await ranged('"other"')).toBe(200);
  });

  it.each([
    ["EntryNotFound", () => at("nothing.bin")],
    ["EntryNotFound", () => at("registry.json")],
    ["RevisionNotFound", () => at("config.json", "v9-00000000")],
    ["RevisionNotFound", () => at("config.json", "f".repeat(40))],
    ["RepoNotFound", () => at("config.json", "main", "recall-studio/other-tuned")],
    ["RepoNotFound", () => at("config.json", "main", "someone/else")],
  ])("says %s as the hub does", async (code, url) => {
    for (const method of ["GET", "HEAD"]) {
      const response = await fetch(url(), { method });
      expect(response.status).toBe(404);
      expect(response.headers.get("x-error-code")).toBe(code);
      if (code === "EntryNotFound") expect(response.headers.get("x-repo-commit")).toBe(first.commit);
    }
  });

  /** `fetch` tidies addresses up before it sends them; this does not. */
  const rawGet = (path: string): Promise<number> =>
    new Promise((resolve, reject) => {
      const { port } = new URL(hubUrl);
      request({ host: "127.0.0.1", port, path }, (response) => {
        response.resume();
        resolve(response.statusCode ?? 0);
      })
        .on("error", reject)
        .end();
    });

  it.each([
    `/${REPO}/resolve/main/../../../../../etc/passwd`,
    `/${REPO}/resolve/main/..%2f..%2f..%2fevents.jsonl`,
    `/${REPO}/resolve/main/%2e%2e/%2e%2e/events.jsonl`,
    `/${REPO}/resolve/..%2f../config.json`,
    `/base/..%2f..%2fetc/passwd`,
    `/base/${TINY}/..%2f..%2f..%2fpackage.json`,
    `/base/${TINY}/%2e%2e/%2e%2e/fine_tuned/events.jsonl`,
    `/base/../fine_tuned/events.jsonl`,
    `/base/${TINY}/%00config.json`,
    `/..%2f..%2fetc/passwd`,
    `/assets/..%2f..%2fpackage.json`,
    `/%2e%2e/package.json`,
    `/${REPO}/resolve/main/%ff%fe`,
  ])("gives nothing for %s", async (path) => {
    const status = await rawGet(path);
    expect([400, 403, 404]).toContain(status);
  });
});

it("lets pages of this machine read, and no others", async () => {
  const from = async (origin: string) => (await fetch(at("config.json"), { headers: { origin } })).headers;
  const local = await from("http://localhost:9999");
  expect(local.get("access-control-allow-origin")).toBe("http://localhost:9999");
  for (const name of ["X-Repo-Commit", "ETag", "Content-Range", "Accept-Ranges", "X-Error-Code", "Content-Length"])
    expect(local.get("access-control-expose-headers")).toContain(name);
  expect((await from("https://evil.example")).get("access-control-allow-origin")).toBeNull();
  const preflight = await fetch(at("config.json"), { method: "OPTIONS", headers: { origin: "http://localhost:9999" } });
  expect(preflight.status).toBe(204);
  expect(preflight.headers.get("access-control-allow-headers")).toContain("Range");
});

describe("@huggingface/hub", () => {
  it("lists, sizes and downloads files", async () => {
    const listed = [];
    for await (const entry of listFiles({ repo: REPO, hubUrl, recursive: true })) listed.push(entry);
    expect(
      listed
        .filter(({ type }) => type === "file")
        .map(({ path }) => path)
        .sort(),
    ).toEqual(files.map(({ path }) => path).sort());
    expect(listed.filter(({ type }) => type === "directory").map(({ path }) => path)).toEqual([
      "1_Pooling",
      "2_Normalize",
    ]);

    const info = await fileDownloadInfo({ repo: REPO, path: "adapter_model.safetensors", hubUrl });
    expect(info?.size).toBe(bytesOf("adapter_model.safetensors").length);
    expect(await fileDownloadInfo({ repo: REPO, path: "absent", hubUrl })).toBeNull();
    expect(await fileExists({ repo: REPO, path: "config.json", hubUrl })).toBe(true);
    expect(await fileExists({ repo: REPO, path: "absent", hubUrl })).toBe(false);
    const blob = await downloadFile({ repo: REPO, path: "adapter_model.safetensors", revision: first.version, hubUrl });
    expect(Buffer.from(await blob!.arrayBuffer()).equals(bytesOf("adapter_model.safetensors"))).toBe(true);
    const [entry] = await pathsInfo({ repo: REPO, paths: ["config.json"], hubUrl, expand: true });
    expect(entry).toMatchObject({
      type: "file",
      size: bytesOf("config.json").length,
      lastCommit: { id: first.commit },
    });
  });

  it("downloads a whole snapshot into its cache", async () => {
    vi.spyOn(console, "debug").mockImplementation(() => {}); // The client tells about each file.
    const cacheDir = join(server.root, "hf-cache");
    const folder = await snapshotDownload({ repo: REPO, hubUrl, cacheDir });
    for (const { path, bytes } of files) expect((await readFile(join(folder, path))).equals(bytes)).toBe(true);
    expect(folder).toContain(first.commit);
    await rm(cacheDir, { recursive: true });
  });

  it("knows main, versions and commits", async () => {
    const sha = async (name: string, revision?: string) =>
      (await modelInfo({ name, revision, hubUrl, additionalFields: ["sha"] })).sha;
    expect(await sha(REPO)).toBe(first.commit);
    expect(await sha(REPO, second.version)).toBe(second.commit);
    expect(await sha(PRODUCTION_REPO, "main")).toBe(first.commit);
    await expect(sha(REPO, "nope")).rejects.toThrow(/no revision nope/);
    const refs = (await (await fetch(`${hubUrl}/api/models/${REPO}/refs`)).json()) as { tags: { name: string }[] };
    expect(refs.tags.map(({ name }) => name).sort()).toEqual([first.version, second.version]);
  });

  it("pages through a tree", async () => {
    const seen: string[] = [];
    let url: string | undefined = `${hubUrl}/api/models/${REPO}/tree/main?recursive=true&limit=4`;
    let pages = 0;
    while (url) {
      const response: Response = await fetch(url);
      seen.push(...((await response.json()) as { path: string }[]).map(({ path }) => path));
      url = /<([^>]+)>; rel="next"/.exec(response.headers.get("link") ?? "")?.[1];
      pages++;
    }
    expect(pages).toBe(Math.ceil((files.length + 2) / 4));
    expect(new Set(seen).size).toBe(files.length + 2);
    const inner = await fetch(`${hubUrl}/api/models/${REPO}/tree/main/1_Pooling`);
    expect(((await inner.json()) as { path: string }[]).map(({ path }) => path)).toEqual(["1_Pooling/config.json"]);
    const absent = await fetch(`${hubUrl}/api/models/${REPO}/tree/main/absent`);
    expect(absent.headers.get("x-error-code")).toBe("EntryNotFound");
  });

  it("takes paths-info as Python sends it", async () => {
    const body = new URLSearchParams([
      ["paths", "config.json"],
      ["paths", "1_Pooling"],
      ["expand", "True"],
    ]);
    const response = await fetch(`${hubUrl}/api/models/${REPO}/paths-info/main`, { method: "POST", body });
    expect(await response.json()).toMatchObject([
      { type: "directory", path: "1_Pooling" },
      { type: "file", path: "config.json" },
    ]);
  });

  it("serves a base under its own name, as an adapter's config names it", async () => {
    for (const repo of [TINY, `Qwen/${TINY}`]) {
      const blob = await fetch(at("config.json", "main", repo));
      expect(blob.status).toBe(200);
    }
    const info = (await (await fetch(`${hubUrl}/api/models/${TINY}`)).json()) as { siblings: { rfilename: string }[] };
    expect(info.siblings.map(({ rfilename }) => rfilename)).toContain("model.safetensors");
  });
});

describe("@huggingface/transformers", () => {
  beforeAll(() => {
    env.remoteHost = hubUrl;
    env.allowLocalModels = false;
    env.useFSCache = false;
    env.useBrowserCache = false;
  });

  it("loads tokenizer and config of the model in production", async () => {
    const tokenizer = await AutoTokenizer.from_pretrained(REPO);
    const { input_ids } = tokenizer(["A question", "A much longer question than that"], { padding: true }) as {
      input_ids: { dims: number[]; tolist(): bigint[][] };
    };
    // Padding on the left, the end token last: what pooling of the last token needs.
    const ends = input_ids.tolist().map((row) => Number(row.at(-1)));
    expect(ends[0]).toBe(ends[1]);
    const config = await AutoConfig.from_pretrained(REPO, { revision: second.version });
    expect((config as unknown as { hidden_size: number }).hidden_size).toBe(128);
  });

  it("embeds with the tuned model straight from the hub: its graph, its adapter and the base's shared weights", async () => {
    const serving = await testServer({}, { onnx: true });
    try {
      const artifact = await trueArtifact();
      const { version, commit, repo } = await register(serving.app, artifact);
      const host = await serving.app.listen({ port: 0, host: "127.0.0.1" });
      const info = (await (await fetch(`${host}/api/models/${repo}/revision/${version}`)).json()) as {
        sha: string;
        siblings: { rfilename: string; size: number }[];
      };
      expect(info.sha).toBe(commit);
      const size = (path: string) => info.siblings.find(({ rfilename }) => rfilename === path)?.size ?? 0;
      expect(size("onnx/model.onnx_data")).toBeGreaterThan(10 * size("onnx/model.onnx_data_1"));
      // One file on disk for all versions: the version's own folder does not hold it.
      const own = serving.services.registry.get(version).record.files.map(({ path }) => path);
      expect(own.filter((path) => path.startsWith("onnx/"))).toEqual(["onnx/model.onnx", "onnx/model.onnx_data_1"]);
      const tail = await fetch(`${host}/${repo}/resolve/${commit}/onnx/model.onnx_data`, {
        headers: { range: "bytes=-8" },
      });
      expect([tail.status, (await tail.arrayBuffer()).byteLength]).toEqual([206, 8]);

      env.remoteHost = host;
      env.useFSCache = true; // In Node the runtime opens a model's files by their paths in the cache.
      env.cacheDir = join(serving.root, "cache");
      // `pipeline` asks for config and tokenizer at main whatever the revision; the path's template says it for all.
      env.remotePathTemplate = `{model}/resolve/${version}/`;
      const extract = await pipeline("feature-extraction", repo, { dtype: "fp32" });
      const { dim, tuned } = readReference(artifact.find(({ path }) => path === REFERENCE_PATH)!.bytes);
      const { prompts } = JSON.parse(
        new TextDecoder().decode(artifact.find(({ path }) => path === "config_sentence_transformers.json")!.bytes),
      ) as { prompts: { query: string; document: string } };
      for (const kind of ["query", "document"] as const) {
        const texts = PROBE_TEXTS.map((text) => prompts[kind] + text);
        const output = await extract(texts, { pooling: "last_token", normalize: true });
        expect(smallestCosine(output.data as Float32Array, tuned[kind], dim)).toBeGreaterThan(0.9999);
      }
      await extract.dispose();
    } finally {
      await serving.close();
    }
  });
});
