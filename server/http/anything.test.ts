import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, expect, it } from "vitest";
import { ingest } from "../testing/documents.ts";
import { testStudio, type TestStudio } from "../testing/studio.ts";

let studio: TestStudio;
beforeAll(async () => {
  studio = await testStudio();
  // What no route takes is an address of the page.
  await mkdir(studio.config.pageDir);
  await writeFile(join(studio.config.pageDir, "index.html"), "<!doctype html>");
  await ingest(studio.app, [{ id: "main", text: "Found by the name that is tried most." }]);
}, 60_000);
afterAll(() => studio.close());

it("answers whatever is sent with a problem of the sender's, never with a failure of its own", async () => {
  const { app, lines } = studio;
  const { paths } = (await app.inject({ url: "/docs/json" })).json<{ paths: Record<string, object> }>();
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    // Bases answer to names without an organization too, which /docs does not repeat.
    [...new Set([path, path.replace("/{org}", "")])].flatMap((address) =>
      Object.keys(methods).map((method) => ({ path: address, method: method.toUpperCase() as "GET" })),
    ),
  );
  expect(operations.length).toBeGreaterThan(40);
  const word = fc.oneof(
    fc.constantFrom("main", "v1-00000000", "..%2f..", "%00", "%ff", "qwen3-embedding-tiny", "x".repeat(300)),
    fc.string({ maxLength: 20 }).map((text) => encodeURIComponent(text)),
  );
  const cursor = fc.string({ maxLength: 9 }).map((id) => Buffer.from(`1700000000000 \0${id}`).toString("base64url"));
  const body = fc.oneof(
    fc.jsonValue().map((value) => JSON.stringify(value)),
    fc
      .record({ documents: fc.array(fc.jsonValue(), { maxLength: 3 }), input: fc.jsonValue() })
      .map((value) => JSON.stringify(value)),
    fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
  );
  const type = fc.constantFrom(
    "application/json",
    "application/x-ndjson",
    "multipart/form-data; boundary=b",
    "application/octet-stream",
    "text/plain",
    "application/x-protobuf",
    ";",
  );
  const header = fc.stringMatching(/^[\x21-\x7e]{1,30}$/);
  const headers = fc.record(
    {
      host: fc.oneof(fc.constantFrom("a b", "%", "[::1", "localhost", "127.0.0.1:x", "::", "localhost:99999"), header),
      origin: fc.oneof(fc.constantFrom("null", "http://[", "https://localhost"), header),
      range: fc.oneof(fc.constantFrom("bytes=5-1", "bytes=-", "bytes=0-,1-"), header),
      "if-none-match": header,
      authorization: header,
      traceparent: header,
      "accept-encoding": header,
      "sec-fetch-site": header,
    },
    { requiredKeys: [] },
  );
  const seen = lines.length;
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...operations),
      fc.array(word, { minLength: 5, maxLength: 5 }),
      fc.record(
        { q: word, k: word, limit: word, before: fc.oneof(word, cursor), model: word, filter: word },
        { requiredKeys: [] },
      ),
      body,
      type,
      fc.option(headers, { nil: {} }),
      async ({ path, method }, words, query, payload, contentType, given) => {
        let at = 0;
        const filled = path.replace(/\{[^}]+\}/g, () => words[at++ % words.length] || "x");
        const url = `${filled}?${new URLSearchParams(query)}`;
        const typed = method === "GET" ? {} : { "content-type": contentType };
        const sent = { ...(method === "GET" ? {} : { payload }), headers: { ...given, ...typed } };
        const { statusCode, headers } = await app.inject({ method, url, ...sent });
        expect([statusCode < 500, method, path, statusCode]).toEqual([true, method, path, statusCode]);
        if (statusCode >= 400 && !path.includes("/mcp"))
          expect([path, headers["content-type"]]).toEqual([path, expect.stringContaining("json")]);
      },
    ),
    { numRuns: 500 },
  );
  expect(lines.slice(seen).filter(({ level }) => level === "error")).toEqual([]);
}, 60_000);
