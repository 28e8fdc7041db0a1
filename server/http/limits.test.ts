import { connect } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { apiPaths, type ProblemDetails } from "../../src/domain/api/index.ts";
import { dial } from "../testing/dial.ts";
import { post, serverPool } from "../testing/server.ts";
import { announce, digestOf } from "../testing/upload.ts";

const { serve, closeAll } = serverPool();
afterEach(closeAll);

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
    const send = async (type: string, payload: string) =>
      (await server.app.inject({ method: "POST", url: apiPaths.uploads, payload, headers: { "content-type": type } }))
        .statusCode;
    expect(await send("text/xml", "<a/>")).toBe(415);
    expect(await send("application/json", "{")).toBe(400);
    expect(await send("application/json", '{"__proto__":{"x":1},"files":[]}')).toBe(400);
  });

  it("limits the rate of requests, but not of file reads", async () => {
    const { app } = await serve({ RATE_LIMIT_PER_MINUTE: "5" });
    const statuses = [];
    for (let i = 0; i < 7; i++) statuses.push((await app.inject({ url: apiPaths.versions })).statusCode);
    expect(statuses).toEqual([200, 200, 200, 200, 200, 429, 429]);
    const limited = await app.inject({ url: apiPaths.versions });
    expect(limited.json<ProblemDetails>().code).toBe("rate-limited");
    expect(Number(limited.headers["retry-after"])).toBeGreaterThan(0);
    const url = apiPaths.baseFile("qwen3-embedding-tiny", "config.json");
    for (let i = 0; i < 10; i++)
      expect((await app.inject({ url, headers: { range: "bytes=0-1" } })).statusCode).toBe(206);
  });

  it("refuses oversized headers", async () => {
    const { socket, answer } = await dial((await serve()).app);
    socket.write(`GET /health HTTP/1.1\r\nHost: localhost\r\nX-Big: ${"x".repeat(20_000)}\r\n\r\n`);
    expect(await answer).toMatch(/^HTTP\/1\.1 431/);
  });

  it("gives up a small body that does not come", async () => {
    const server = await serve({}, { adjust: ({ limits }) => Object.assign(limits, { bodyMs: 150 }) });
    const { socket, answer } = await dial(server.app);
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
    const { socket, answer, port } = await dial(server.app);
    socket.write(head + "x".repeat(10));
    const text = await answer;
    expect(text).toMatch(/^HTTP\/1\.1 408/);
    expect(text).toContain("upload-stalled");

    const cut = connect(port, "127.0.0.1");
    cut.on("error", () => {});
    cut.write(head + "x".repeat(500), () => cut.destroy());
    await new Promise((resolve) => setTimeout(resolve, 100));
    const state = (await server.app.inject({ url: apiPaths.upload(id) })).json<{ files: { received: boolean }[] }>();
    expect(state.files).toMatchObject([{ received: false }]);
    const again = await fetch(`http://127.0.0.1:${port}${apiPaths.uploadFile(id, "a.bin")}`, {
      method: "PUT",
      body: bytes,
      headers: { "content-type": "application/octet-stream", "content-digest": digestOf(bytes) },
    });
    expect(again.status).toBe(200);
  });
});
