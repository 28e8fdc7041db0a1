import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import {
  downloadFile,
  fileDownloadInfo,
  fileExists,
  listCommits,
  listFiles,
  modelInfo,
  pathsInfo,
  snapshotDownload,
} from "@huggingface/hub";
import { AutoConfig, AutoTokenizer, env, pipeline } from "@huggingface/transformers";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { PROBE_TEXTS, readReference, REFERENCE_PATH, smallestCosine } from "../../src/domain/artifact/index.ts";
import { asVersionOne } from "../../src/domain/artifact/sample.ts";
import { present } from "../../src/domain/present.ts";
import { bytesOf } from "../testing/artifact.ts";
import { TINY } from "../testing/folder.ts";
import { testServer } from "../testing/server.ts";
import { trueArtifact } from "../testing/trueArtifact.ts";
import { register } from "../testing/upload.ts";
import { PRODUCTION_REPO } from "./repositories.ts";
import { REPO, testHub, type TestHub } from "../testing/hub.ts";

let hub: TestHub;
beforeAll(async () => {
  hub = await testHub();
});
afterAll(() => hub.server.close());

describe("@huggingface/hub", () => {
  it("lists, sizes and downloads files", async () => {
    const listed = [];
    for await (const entry of listFiles({ repo: REPO, hubUrl: hub.url, recursive: true })) listed.push(entry);
    expect(
      listed
        .filter(({ type }) => type === "file")
        .map(({ path }) => path)
        .sort(),
    ).toEqual(hub.files.map(({ path }) => path).sort());
    expect(listed.filter(({ type }) => type === "directory").map(({ path }) => path)).toEqual([
      "1_Pooling",
      "2_Normalize",
    ]);

    const info = await fileDownloadInfo({ repo: REPO, path: "adapter_model.safetensors", hubUrl: hub.url });
    expect(info?.size).toBe(hub.bytesOf("adapter_model.safetensors").length);
    expect(await fileDownloadInfo({ repo: REPO, path: "absent", hubUrl: hub.url })).toBeNull();
    // Not listed, since a snapshot with it would pass for a complete model; there for who asks.
    expect(await fileExists({ repo: REPO, path: "config.json", hubUrl: hub.url })).toBe(true);
    expect(await fileExists({ repo: REPO, path: "absent", hubUrl: hub.url })).toBe(false);
    const blob = await downloadFile({
      repo: REPO,
      path: "adapter_model.safetensors",
      revision: hub.first.version,
      hubUrl: hub.url,
    });
    expect(
      Buffer.from(await present(blob, "file").arrayBuffer()).equals(hub.bytesOf("adapter_model.safetensors")),
    ).toBe(true);
    const [entry] = await pathsInfo({ repo: REPO, paths: ["config.json"], hubUrl: hub.url, expand: true });
    expect(entry).toMatchObject({
      type: "file",
      size: hub.bytesOf("base_config.json").length,
      lastCommit: { id: hub.first.commit },
    });
  });

  it("downloads a whole snapshot into its cache", async () => {
    vi.spyOn(console, "debug").mockImplementation(() => {}); // The client tells about each file.
    const cacheDir = join(hub.server.root, "hf-cache");
    const folder = await snapshotDownload({ repo: REPO, hubUrl: hub.url, cacheDir });
    for (const { path, bytes } of hub.files) expect((await readFile(join(folder, path))).equals(bytes)).toBe(true);
    await expect(readFile(join(folder, "config.json"))).rejects.toThrow("ENOENT");
    expect(folder).toContain(hub.first.commit);
    await rm(cacheDir, { recursive: true });
  });

  it("knows main, versions and commits", async () => {
    const sha = async (name: string, revision?: string) =>
      (await modelInfo({ name, revision, hubUrl: hub.url, additionalFields: ["sha"] })).sha;
    expect(await sha(REPO)).toBe(hub.first.commit);
    expect(await sha(REPO, hub.second.version)).toBe(hub.second.commit);
    expect(await sha(PRODUCTION_REPO, "main")).toBe(hub.first.commit);
    await expect(sha(REPO, "nope")).rejects.toThrow(/no revision nope/);
    const refs = (await (await fetch(`${hub.url}/api/models/${REPO}/refs`)).json()) as { tags: { name: string }[] };
    expect(refs.tags.map(({ name }) => name).sort()).toEqual([hub.first.version, hub.second.version]);
  });

  it("lists commits, page by page, and knows a commit by its beginning", async () => {
    const listed = async (revision?: string) => {
      const commits = [];
      for await (const one of listCommits({ repo: REPO, revision, hubUrl: hub.url, batchSize: 1 })) commits.push(one);
      return commits;
    };
    const [newest, older] = await listed(hub.second.version);
    expect([newest?.oid, older?.oid]).toEqual([hub.second.commit, hub.first.commit]);
    expect(newest).toMatchObject({ title: hub.second.version, date: new Date(hub.second.registeredAt) });
    expect((await listed()).map(({ oid }) => oid)).toEqual([hub.first.commit]); // main is the first version.
    const short = hub.second.commit.slice(0, 7);
    expect((await listed(short)).map(({ oid }) => oid)).toEqual([hub.second.commit, hub.first.commit]);
    const file = await fetch(hub.at("README.md", short));
    expect([file.status, file.headers.get("x-repo-commit")]).toEqual([200, hub.second.commit]);
    const info = await modelInfo({ name: REPO, revision: short, hubUrl: hub.url, additionalFields: ["sha"] });
    expect(info.sha).toBe(hub.second.commit);
    for (const absent of [hub.second.commit.slice(0, 3), "0123456", `${short}zz`])
      expect((await fetch(hub.at("README.md", absent))).headers.get("x-error-code")).toBe("RevisionNotFound");
    const base = (await (await fetch(`${hub.url}/api/models/${TINY}/commits/main`)).json()) as { id: string }[];
    expect(base).toMatchObject([{ id: expect.stringMatching(/^[0-9a-f]{40}$/), title: TINY }]);
    expect((await fetch(hub.at("config.json", base[0]!.id.slice(0, 8), TINY))).status).toBe(200);
  });

  it("pages through a tree", async () => {
    const seen: string[] = [];
    let url: string | undefined = `${hub.url}/api/models/${REPO}/tree/main?recursive=true&limit=4`;
    let pages = 0;
    while (url) {
      const response: Response = await fetch(url);
      seen.push(...((await response.json()) as { path: string }[]).map(({ path }) => path));
      url = /<([^>]+)>; rel="next"/.exec(response.headers.get("link") ?? "")?.[1];
      pages++;
    }
    expect(pages).toBe(Math.ceil((hub.files.length + 2) / 4));
    expect(new Set(seen).size).toBe(hub.files.length + 2);
    const inner = await fetch(`${hub.url}/api/models/${REPO}/tree/main/1_Pooling`);
    expect(((await inner.json()) as { path: string }[]).map(({ path }) => path)).toEqual(["1_Pooling/config.json"]);
    const absent = await fetch(`${hub.url}/api/models/${REPO}/tree/main/absent`);
    expect(absent.headers.get("x-error-code")).toBe("EntryNotFound");
  });

  it("takes paths-info as Python sends it", async () => {
    const body = new URLSearchParams([
      ["paths", "config.json"],
      ["paths", "1_Pooling"],
      ["expand", "True"],
    ]);
    const response = await fetch(`${hub.url}/api/models/${REPO}/paths-info/main`, { method: "POST", body });
    expect(await response.json()).toMatchObject([
      { type: "directory", path: "1_Pooling" },
      { type: "file", path: "config.json" },
    ]);
  });

  it("serves a base under its own name, as an adapter's config names it", async () => {
    for (const repo of [TINY, `Qwen/${TINY}`]) {
      const blob = await fetch(hub.at("config.json", "main", repo));
      expect(blob.status).toBe(200);
    }
    const info = (await (await fetch(`${hub.url}/api/models/${TINY}`)).json()) as { siblings: { rfilename: string }[] };
    expect(info.siblings.map(({ rfilename }) => rfilename)).toContain("model.safetensors");
  });
});

describe("@huggingface/transformers", () => {
  const settings = { ...env }; // the library's, and other test files of this process use it too
  afterAll(() => void Object.assign(env, settings));
  beforeAll(() => {
    env.remoteHost = hub.url;
    env.allowLocalModels = false;
    env.allowRemoteModels = true;
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
    const config = await AutoConfig.from_pretrained(REPO, { revision: hub.second.version });
    expect((config as unknown as { hidden_size: number }).hidden_size).toBe(128);
  });

  it("embeds with the tuned model straight from the hub: its graph, its adapter and the base's shared weights", async () => {
    const serving = await testServer({}, { onnx: true });
    try {
      const artifact = await trueArtifact();
      // What an older studio wrote is served as it is.
      const older = await register(serving.app, asVersionOne(artifact));
      const kept = serving.registry.get(older.version).record.files.map(({ path }) => path);
      expect(kept).toEqual(expect.arrayContaining(["config.json", "onnx/model.onnx"]));
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
      const own = serving.registry.get(version).record.files.map(({ path }) => path);
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
      const { dim, tuned } = readReference(bytesOf(artifact, REFERENCE_PATH));
      const { prompts } = JSON.parse(
        new TextDecoder().decode(bytesOf(artifact, "config_sentence_transformers.json")),
      ) as { prompts: { query: string; document: string } };
      for (const kind of ["query", "document"] as const) {
        const texts = PROBE_TEXTS.map((text) => prompts[kind] + text);
        const output = await extract(texts, { pooling: "last_token", normalize: true });
        expect(smallestCosine(output.data as Float32Array, tuned[kind], dim)).toBeGreaterThan(0.9999);
      }
      await extract.dispose();

      // What the card tells JavaScript programs to do, with this server's address and version in place of the usual ones.
      const card = new TextDecoder().decode(bytesOf(artifact, "README.md"));
      const snippet = present(/```js\n([^`]*)```/.exec(card)?.[1], "snippet")
        .replace(/^import .*\n/, "")
        .replace("http://127.0.0.1:4680/", host)
        .replace(PRODUCTION_REPO, repo)
        .replace('"your question"', JSON.stringify(PROBE_TEXTS[1]));
      const AsyncFunction = (async () => undefined).constructor as new (
        ...parts: string[]
      ) => (...given: unknown[]) => Promise<{ data: Float32Array }>;
      const { data } = await new AsyncFunction("env", "pipeline", `${snippet}; return vectors;`)(env, pipeline);
      expect(smallestCosine(data, tuned.query.subarray(dim, 2 * dim), dim)).toBeGreaterThan(0.9999);
    } finally {
      await serving.close();
    }
  });
});
