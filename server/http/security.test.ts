import { mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { apiPaths, type ProblemDetails } from "../../src/domain/api/index.ts";
import { serverPool } from "../testing/server.ts";

const { serve, closeAll } = serverPool();
afterEach(closeAll);
const TOKEN = "a-token-of-24-characters";
const body = { files: [{ path: "a.bin", bytes: 4 }] };

describe("the token", () => {
  it("is asked of everything that writes, and of nothing that reads", async () => {
    const { app } = await serve({ STUDIO_TOKEN: TOKEN });
    const writes: ["POST" | "PUT" | "DELETE", string][] = [
      ["POST", apiPaths.token],
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

  it("can be tried without changing anything, and a wrong one is called wrong", async () => {
    const { app } = await serve({ STUDIO_TOKEN: TOKEN });
    const tried = async (headers: Record<string, string>) => {
      const { statusCode, body } = await app.inject({ method: "POST", url: apiPaths.token, headers });
      return statusCode === 204 ? "right" : (JSON.parse(body) as ProblemDetails).message;
    };
    expect(await tried({})).toBe("This request needs the server's token.");
    expect(await tried({ authorization: "Bearer wrong" })).toBe("That is not this server's token.");
    expect(await tried({ authorization: `Bearer ${TOKEN}` })).toBe("right");
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
    else expect((await server.app.inject({ url: `${apiPaths.versions}?a=b%00` })).statusCode).toBe(400);
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

describe("files", () => {
  it("are never read through links that lead out of a model's folder", async () => {
    const { app, root } = await serve();
    const own = join(root, "models/base/linked");
    await mkdir(own);
    await writeFile(join(root, "outside.json"), '{"outside": true}');
    await writeFile(join(own, "config.json"), "{}");
    await symlink(join(root, "outside.json"), join(own, "secret.json"));
    await symlink(root, join(own, "up"));
    const read = async (url: string) => (await app.inject({ url })).statusCode;
    expect(await read(apiPaths.baseFile("linked", "config.json"))).toBe(200);
    for (const path of ["secret.json", "up/outside.json"]) {
      expect(await read(apiPaths.baseFile("linked", path))).toBe(404);
      expect(await read(`/linked/resolve/main/${path}`)).toBe(404);
    }
    expect((await app.inject({ url: "/api/models/linked" })).body).not.toContain("secret");
  });
});

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
    expect(headers["content-security-policy"]).toContain("http://127.0.0.1:*"); // a model beside the studio
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

it.each(["a b", "%", "[::1", "user@host", "127.0.0.1:x"])(
  "answers the Host header %j as the sender's fault, on a public address too",
  async (host) => {
    const env = { HOST: "0.0.0.0", STUDIO_TOKEN: "a-token-of-some-length" };
    for (const server of [await serve(), await serve(env)]) {
      const { statusCode } = await server.app.inject({ url: apiPaths.health, headers: { host } });
      expect([host, statusCode >= 400 && statusCode < 500]).toEqual([host, true]);
    }
  },
);
