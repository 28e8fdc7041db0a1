import { mkdir, writeFile } from "node:fs/promises";
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { apiPaths, type ProblemDetails } from "../../src/domain/api/index.ts";
import { announce, digestOf, post, register, sampleArtifact, serverPool, type TestServer } from "../testing.ts";

const { serve, closeAll } = serverPool();
afterEach(closeAll);
const TOKEN = "a-token-of-24-characters";
const body = { files: [{ path: "a.bin", bytes: 4 }] };

describe("the token", () => {
  it("is asked of everything that writes, and of nothing that reads", async () => {
    const { app } = await serve({ STUDIO_TOKEN: TOKEN });
    const writes: ["POST" | "PUT" | "DELETE", string][] = [
      ["POST", apiPaths.uploads],
      ["PUT", apiPaths.uploadFile("00000000-0000-4000-8000-000000000000", "a")],
      ["POST", apiPaths.uploadCommit("00000000-0000-4000-8000-000000000000")],
      ["DELETE", apiPaths.upload("00000000-0000-4000-8000-000000000000")],
      ["POST", apiPaths.promote("v1-00000000")],
      ["POST", apiPaths.archive("v1-00000000")],
      ["POST", apiPaths.restore("v1-00000000")],
      ["POST", apiPaths.rollback],
      ["DELETE", apiPaths.version("v1-00000000")],
    ];
    for (const [method, url] of writes)
      for (const authorization of [undefined, "Bearer wrong", `Bearer ${TOKEN}x`, `Basic ${TOKEN}`, TOKEN]) {
        const response = await app.inject({ method, url, headers: authorization ? { authorization } : {} });
        expect([response.statusCode, method, url]).toEqual([401, method, url]);
        expect(response.headers["www-authenticate"]).toBe("Bearer");
        expect(response.body).not.toContain(TOKEN);
      }
    const allowed = await app.inject({
      method: "POST",
      url: apiPaths.uploads,
      payload: body,
      headers: { authorization: `Bearer ${TOKEN}` },
    });
    expect(allowed.statusCode).toBe(201);
    for (const url of [apiPaths.health, apiPaths.versions, apiPaths.metrics, "/docs/json"])
      expect((await app.inject({ url })).statusCode).toBe(200);
  });

  it("guards every writing route there is, also future ones", async () => {
    const { app } = await serve({ STUDIO_TOKEN: TOKEN });
    const { paths } = (await app.inject({ url: "/docs/json" })).json<{
      paths: Record<string, Record<string, unknown>>;
    }>();
    for (const [path, methods] of Object.entries(paths))
      for (const method of Object.keys(methods)) {
        if (["get", "head", "options"].includes(method) || path.includes("/paths-info/")) continue;
        const url = path.replace(/\{[^}]+\}/g, "x");
        const response = await app.inject({ method: method.toUpperCase() as "POST", url });
        expect([response.statusCode, method, path]).toEqual([401, method, path]);
      }
  });
});

describe("on loopback", () => {
  it.each([
    ["localhost:4680", 201],
    ["127.0.0.1:4680", 201],
    ["[::1]:4680", 201],
    ["evil.example", 421],
    ["127.0.0.1.evil.example", 421],
    ["localhost.evil.example:80", 421],
    ["192.168.0.5", 421],
  ])("answers the host %s with %i", async (host, status) => {
    const server = await serve();
    const response = await server.app.inject({
      method: "POST",
      url: apiPaths.uploads,
      payload: body,
      headers: { host },
    });
    expect(response.statusCode).toBe(status);
    if (status === 421)
      expect((await server.app.inject({ url: apiPaths.versions, headers: { host } })).statusCode).toBe(421);
  });

  it.each<[Record<string, string>, number]>([
    [{}, 201],
    [{ origin: "http://localhost:80" }, 403],
    [{ origin: "http://127.0.0.1:4680" }, 201],
    [{ origin: "http://127.0.0.1:5173", "sec-fetch-site": "same-origin" }, 201],
    [{ origin: "http://127.0.0.1:5173", "sec-fetch-site": "same-site" }, 403],
    [{ origin: "https://evil.example", "sec-fetch-site": "cross-site" }, 403],
    [{ origin: "https://evil.example" }, 403],
    [{ origin: "null" }, 403],
    [{ origin: "https://friend.example", "sec-fetch-site": "cross-site" }, 201],
  ])("answers a write with %j by %i", async (headers, status) => {
    const { app } = await serve({ STUDIO_ALLOWED_ORIGINS: "https://friend.example" });
    const response = await app.inject({
      method: "POST",
      url: apiPaths.uploads,
      payload: body,
      headers: { host: "127.0.0.1:4680", ...headers },
    });
    expect(response.statusCode).toBe(status);
    if (status === 403) expect(response.json<ProblemDetails>().code).toBe("origin-refused");
  });
});

describe("limits", () => {
  it("bounds bodies by route, JSON by depth of nothing it does not expect, and content types", async () => {
    const server = await serve();
    const large = await post(server, apiPaths.uploads, {
      files: Array.from({ length: 3000 }, () => ({ path: "x".repeat(50), bytes: 1 })),
    });
    expect(large.statusCode).toBe(413);
    expect(large.headers["content-type"]).toContain("application/problem+json");
    const many = await post(server, apiPaths.uploads, {
      files: Array.from({ length: 201 }, (_, i) => ({ path: `f${i}`, bytes: 1 })),
    });
    expect(many.statusCode).toBe(400);
    const text = await server.app.inject({
      method: "POST",
      url: apiPaths.uploads,
      payload: "<a/>",
      headers: { "content-type": "text/xml" },
    });
    expect(text.statusCode).toBe(415);
    const broken = await server.app.inject({
      method: "POST",
      url: apiPaths.uploads,
      payload: "{",
      headers: { "content-type": "application/json" },
    });
    expect(broken.statusCode).toBe(400);
    const polluted = await server.app.inject({
      method: "POST",
      url: apiPaths.uploads,
      payload: '{"__proto__":{"x":1},"files":[]}',
      headers: { "content-type": "application/json" },
    });
    expect(polluted.statusCode).toBe(400);
  });

  it("limits the rate of requests, but not of file reads", async () => {
    const { app } = await serve({ RATE_LIMIT_PER_MINUTE: "5" });
    const statuses = [];
    for (let i = 0; i < 7; i++) statuses.push((await app.inject({ url: apiPaths.versions })).statusCode);
    expect(statuses).toEqual([200, 200, 200, 200, 200, 429, 429]);
    const limited = await app.inject({ url: apiPaths.versions });
    expect(limited.json<ProblemDetails>().code).toBe("rate-limited");
    expect(Number(limited.headers["retry-after"])).toBeGreaterThan(0);
    for (let i = 0; i < 10; i++)
      expect(
        (
          await app.inject({
            url: apiPaths.baseFile("qwen3-embedding-tiny", "config.json"),
            headers: { range: "bytes=0-1" },
          })
        ).statusCode,
      ).toBe(206);
  });

  const dial = async ({ app }: TestServer): Promise<{ socket: Socket; answer: Promise<string> }> => {
    const { port } = new URL(await app.listen({ port: 0, host: "127.0.0.1" }));
    const socket = connect(Number(port), "127.0.0.1");
    let text = "";
    const answer = new Promise<string>((resolve) => {
      socket.on("data", (chunk: Buffer) => (text += chunk.toString()));
      socket.on("close", () => resolve(text));
      socket.on("error", () => resolve(text));
    });
    return { socket, answer };
  };

  it("refuses oversized headers", async () => {
    const { socket, answer } = await dial(await serve());
    socket.write(`GET /health HTTP/1.1\r\nHost: localhost\r\nX-Big: ${"x".repeat(20_000)}\r\n\r\n`);
    expect(await answer).toMatch(/^HTTP\/1\.1 431/);
  });

  it("gives up a small body that does not come", async () => {
    const server = await serve({}, { adjust: ({ limits }) => Object.assign(limits, { bodyMs: 150 }) });
    const { socket, answer } = await dial(server);
    socket.write(
      `POST ${apiPaths.uploads} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n{`,
    );
    const text = await answer;
    expect(text).toMatch(/^HTTP\/1\.1 408/);
    expect(text).toContain("request-too-slow");
  });

  it("gives up an upload that stalls, and one that is cut off; the file can be sent again", async () => {
    const server = await serve({}, { adjust: ({ limits }) => Object.assign(limits, { uploadIdleMs: 150 }) });
    const bytes = new Uint8Array(1000).fill(7);
    const { id } = await announce(server.app, [{ path: "a.bin", bytes }]);
    const head = `PUT ${apiPaths.uploadFile(id, "a.bin")} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/octet-stream\r\nContent-Digest: ${digestOf(bytes)}\r\nContent-Length: 1000\r\n\r\n`;
    const { socket, answer } = await dial(server);
    socket.write(head + "x".repeat(10));
    const text = await answer;
    expect(text).toMatch(/^HTTP\/1\.1 408/);
    expect(text).toContain("upload-stalled");

    const cut = connect(socketPort(server), "127.0.0.1");
    cut.on("error", () => {});
    cut.write(head + "x".repeat(500), () => cut.destroy());
    await new Promise((resolve) => setTimeout(resolve, 100));
    const state = (await server.app.inject({ url: apiPaths.upload(id) })).json<{ files: { received: boolean }[] }>();
    expect(state.files).toMatchObject([{ received: false }]);
    const again = await fetch(`http://127.0.0.1:${socketPort(server)}${apiPaths.uploadFile(id, "a.bin")}`, {
      method: "PUT",
      body: bytes,
      headers: { "content-type": "application/octet-stream", "content-digest": digestOf(bytes) },
    });
    expect(again.status).toBe(200);
  });
});

const socketPort = ({ app }: TestServer): number => {
  const address = app.server.address();
  return typeof address === "object" && address ? address.port : 0;
};

describe("the page", () => {
  it("is served with a strict policy; screens get index.html, other things a problem", async () => {
    const server = await serve();
    const { app, root } = server;
    expect((await app.inject({ url: "/" })).statusCode).toBe(503);
    await mkdir(join(root, "dist/assets"), { recursive: true });
    await writeFile(join(root, "dist/index.html"), "<!doctype html><title>Studio</title>");
    await writeFile(join(root, "dist/assets/index-abc.js"), "1");
    await writeFile(join(root, "dist/.secret"), "1");
    for (const url of [
      "/",
      "/data",
      "/train",
      "/compare/run-1",
      "/inspect",
      "/models",
      "/models/v3-00000000",
      "/playground?q=x",
    ]) {
      const page = await app.inject({ url, headers: { accept: "text/html" } });
      expect([page.statusCode, page.headers["cache-control"]]).toEqual([200, "no-cache"]);
      expect(page.body).toContain("<title>Studio");
    }
    const { headers } = await app.inject({ url: "/" });
    expect(headers["content-security-policy"]).toContain("'wasm-unsafe-eval'");
    expect(headers["content-security-policy"]).toContain("worker-src 'self' blob:");
    expect(headers["content-security-policy"]).toContain("https://huggingface.co");
    expect(headers["content-security-policy"]).not.toContain("'unsafe-eval'");
    expect(headers).toMatchObject({
      "cross-origin-opener-policy": "same-origin",
      "cross-origin-embedder-policy": "require-corp",
      "x-content-type-options": "nosniff",
    });
    expect((await app.inject({ url: "/assets/index-abc.js" })).headers["cache-control"]).toContain("immutable");
    for (const url of ["/api/none", "/v1/none", "/assets/none.js", "/.secret", "/health/none"]) {
      const absent = await app.inject({ url, headers: { accept: "text/html" } });
      expect([absent.statusCode >= 403 && absent.statusCode <= 404, url]).toEqual([true, url]);
      expect(absent.json<ProblemDetails>()).toMatchObject({ code: expect.any(String), hint: expect.any(String) });
    }
  });
});

describe("logs", () => {
  it("hold route, status and correlation id; no address, no text, no token", async () => {
    const { app, lines, services } = await serve({ STUDIO_TOKEN: TOKEN });
    const secret = "kumquat-secret";
    const trace = "0af7651916cd43dd8448eb211c80319c";
    await app.inject({
      url: `/nowhere/${secret}?q=${secret}`,
      headers: { traceparent: `00-${trace}-b7ad6b7169203331-01` },
    });
    await app.inject({
      method: "POST",
      url: apiPaths.uploads,
      payload: { by: secret, files: [{ path: `${secret}/../x`, bytes: 1 }] },
      headers: { authorization: `Bearer ${TOKEN}`, "x-correlation-id": "my-id.1" },
    });
    await app.inject({ url: apiPaths.versions, headers: { "x-correlation-id": `bad id ${secret}` } });
    services.log.error({ err: new Error(secret) }, "a defect");
    const text = JSON.stringify(lines);
    expect(text).not.toContain(secret);
    expect(text).not.toContain(TOKEN);
    const requests = lines.filter((line) => line.event === "request");
    expect(requests.map((line) => line.correlation_id)).toEqual([
      trace,
      "my-id.1",
      expect.stringMatching(/^[0-9a-f]{32}$/),
    ]);
    expect(requests[1]).toMatchObject({ method: "POST", route: apiPaths.uploads, status: 400, level: "info" });
  });

  it("carry one correlation id from request to model event", async () => {
    const server = await serve();
    const { version } = await register(server.app, await sampleArtifact());
    await server.app.inject({
      method: "POST",
      url: apiPaths.promote(version),
      payload: { reason: "test" },
      headers: { "x-correlation-id": "trace-me" },
    });
    expect(server.lines.find((line) => line.event === "model.promoted")).toMatchObject({
      correlation_id: "trace-me",
      version,
    });
    expect(server.services.registry.events().at(-1)?.correlationId).toBe("trace-me");
  });
});
