import { request } from "node:http";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { TINY } from "../testing/folder.ts";
import { REPO, testHub, type TestHub } from "../testing/hub.ts";

let hub: TestHub;
beforeAll(async () => {
  hub = await testHub();
});
afterAll(() => hub.server.close());

describe("resolve", () => {
  it("answers HEAD with everything huggingface_hub asks for", async () => {
    const response = await fetch(hub.at("adapter_model.safetensors"), {
      method: "HEAD",
      headers: { "accept-encoding": "gzip, br" },
    });
    const { headers } = response;
    expect(response.status).toBe(200);
    expect(headers.get("etag")).toMatch(/^"[0-9a-f]{64}"$/);
    expect(headers.get("x-repo-commit")).toMatch(/^[0-9a-f]{40}$/);
    expect(headers.get("x-repo-commit")).toBe(hub.first.commit);
    expect(Number(headers.get("content-length"))).toBe(hub.bytesOf("adapter_model.safetensors").length);
    expect(headers.get("content-encoding")).toBeNull();
    expect(headers.get("accept-ranges")).toBe("bytes");
    expect(headers.get("x-linked-etag")).toBe(headers.get("etag"));
  });

  it.each(["main", "version", "commit"] as const)("gives the same bytes by %s", async (kind) => {
    const revision = { main: "main", version: hub.first.version, commit: hub.first.commit }[kind];
    const response = await fetch(hub.at("config.json", revision));
    expect(Buffer.from(await response.arrayBuffer()).equals(hub.bytesOf("base_config.json"))).toBe(true);
    expect(response.headers.get("x-repo-commit")).toBe(hub.first.commit);
  });

  it.each([
    ["bytes=0-0", 206, 0, 1],
    ["bytes=5-9", 206, 5, 10],
    ["bytes=-4", 206, -4, undefined],
    ["bytes=10-", 206, 10, undefined],
    ["bytes=-999999999", 206, 0, undefined],
    ["bytes=0-999999999", 206, 0, undefined],
    ["bytes=0-1,4-5", 200, 0, undefined],
    ["bytes=9-5", 200, 0, undefined],
    ["chars=0-1", 200, 0, undefined],
  ])("answers the range %s with %i", async (range, status, start, end) => {
    const whole = Buffer.from(hub.bytesOf("tokenizer.json"));
    const response = await fetch(hub.at("tokenizer.json"), { headers: { range } });
    const expected = whole.subarray(start, end);
    expect(response.status).toBe(status);
    expect(Buffer.from(await response.arrayBuffer()).equals(expected)).toBe(true);
    expect(Number(response.headers.get("content-length"))).toBe(expected.length);
    const from = start < 0 ? whole.length + start : start;
    if (status === 206)
      expect(response.headers.get("content-range")).toBe(`bytes ${from}-${from + expected.length - 1}/${whole.length}`);
  });

  it("answers 416 past the end, 304 for what is known, and heeds If-Range", async () => {
    const size = hub.bytesOf("base_config.json").length;
    const past = await fetch(hub.at("config.json"), { headers: { range: `bytes=${size}-` } });
    expect(past.status).toBe(416);
    expect(past.headers.get("content-range")).toBe(`bytes */${size}`);
    const etag = past.headers.get("etag") ?? "";
    expect((await fetch(hub.at("config.json"), { headers: { "if-none-match": etag } })).status).toBe(304);
    const ranged = (validator: string) =>
      fetch(hub.at("config.json"), { headers: { range: "bytes=0-1", "if-range": validator } }).then(
        ({ status }) => status,
      );
    expect(await ranged(etag)).toBe(206);
    expect(await ranged('"other"')).toBe(200);
  });

  it.each([
    ["EntryNotFound", () => hub.at("nothing.bin")],
    ["EntryNotFound", () => hub.at("registry.json")],
    ["RevisionNotFound", () => hub.at("config.json", "v9-00000000")],
    ["RevisionNotFound", () => hub.at("config.json", "f".repeat(40))],
    ["RepoNotFound", () => hub.at("config.json", "main", "recall-studio/other-tuned")],
    ["RepoNotFound", () => hub.at("config.json", "main", "someone/else")],
  ])("says %s as the hub does", async (code, url) => {
    for (const method of ["GET", "HEAD"]) {
      const response = await fetch(url(), { method });
      expect(response.status).toBe(404);
      expect(response.headers.get("x-error-code")).toBe(code);
      if (code === "EntryNotFound") expect(response.headers.get("x-repo-commit")).toBe(hub.first.commit);
    }
  });

  /** `fetch` tidies addresses up before it sends them; this does not. */
  const rawGet = (path: string): Promise<number> =>
    new Promise((resolve, reject) => {
      const { port } = new URL(hub.url);
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
  const from = async (origin: string) => (await fetch(hub.at("config.json"), { headers: { origin } })).headers;
  const local = await from("http://localhost:9999");
  expect(local.get("access-control-allow-origin")).toBe("http://localhost:9999");
  for (const name of ["X-Repo-Commit", "ETag", "Content-Range", "Accept-Ranges", "X-Error-Code", "Content-Length"])
    expect(local.get("access-control-expose-headers")).toContain(name);
  expect((await from("https://evil.example")).get("access-control-allow-origin")).toBeNull();
  const preflight = await fetch(hub.at("config.json"), {
    method: "OPTIONS",
    headers: {
      origin: "http://localhost:9999",
      "access-control-request-method": "GET",
      "access-control-request-headers": "range",
    },
  });
  expect(preflight.status).toBe(204);
  expect(preflight.headers.get("access-control-allow-headers")).toBe("range");
});
