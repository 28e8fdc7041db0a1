import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { apiPaths, retrievalPaths, type ProblemDetails } from "../../src/domain/api/index.ts";
import { loadConfig } from "../config/config.ts";
import { testStudio, type TestStudio } from "../testing/studio.ts";

const FRIEND = "https://friend.example";
const TOKEN = "a-token-of-24-characters";
let studio: TestStudio;
beforeAll(async () => {
  studio = await testStudio({ STUDIO_ALLOWED_ORIGINS: `${FRIEND}/, http://LOCALHOST:3000`, STUDIO_TOKEN: TOKEN });
}, 60_000);
afterAll(() => studio.close());

const ask = (method: "GET" | "POST" | "OPTIONS", url: string, origin: string, headers: Record<string, string> = {}) =>
  studio.app.inject({ method, url, headers: { origin, ...headers }, ...(method === "POST" ? { payload: {} } : {}) });
const preflight = (url: string, origin: string, method: string) =>
  ask("OPTIONS", url, origin, {
    "access-control-request-method": method,
    "access-control-request-headers": "authorization, content-type, x-stainless-lang",
  });

describe("an allowed origin", () => {
  it("is let in beforehand and in the answer, on every route there is", async () => {
    const { paths } = (await studio.app.inject({ url: "/docs/json" })).json<{ paths: Record<string, object> }>();
    const operations = Object.entries(paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => [path.replace(/\{[^}]+\}/g, "x"), method.toUpperCase()] as const),
    );
    expect(operations.length).toBeGreaterThan(45);
    for (const [url, method] of operations) {
      const before = await preflight(url, FRIEND, method);
      expect([before.statusCode, url]).toEqual([204, url]);
      expect(before.headers).toMatchObject({
        "access-control-allow-origin": FRIEND,
        "access-control-allow-methods": expect.stringContaining(method),
        "access-control-allow-headers": "authorization, content-type, x-stainless-lang",
      });
      if (url.endsWith("/events") && url.startsWith(retrievalPaths.jobs)) continue; // the same route as all, and it stays open
      const answer = await studio.app.inject({ method: method as "GET", url, headers: { origin: FRIEND } });
      expect([answer.headers["access-control-allow-origin"], method, url]).toEqual([FRIEND, method, url]);
      expect([answer.headers.vary, url]).toEqual([expect.stringContaining("Origin"), url]);
    }
  });

  it("reads refusals too, and what is said in headers", async () => {
    const refused = await ask("POST", apiPaths.uploads, FRIEND);
    expect([refused.statusCode, refused.json<ProblemDetails>().code]).toEqual([401, "unauthorized"]);
    expect(refused.headers["access-control-allow-origin"]).toBe(FRIEND);
    for (const name of ["Retry-After", "X-Correlation-Id", "X-Model-Fingerprint"])
      expect(refused.headers["access-control-expose-headers"]).toContain(name);
    const taken = await ask("POST", apiPaths.uploads, FRIEND, { authorization: `Bearer ${TOKEN}` });
    expect(taken.statusCode).toBe(400); // Let in, and then the empty body is looked at.
    expect((await ask("GET", apiPaths.versions, "http://localhost:3000")).headers["access-control-allow-origin"]).toBe(
      "http://localhost:3000",
    );
  });
});

it.each(["https://evil.example", "null", "http://localhost:9999", `${FRIEND}.evil.example`])(
  "lets no page of %s in",
  async (origin) => {
    for (const url of [apiPaths.versions, "/v1/embeddings", "/mcp"]) {
      const before = await preflight(url, origin, "POST");
      expect([before.statusCode, before.headers["access-control-allow-origin"]]).toEqual([404, undefined]);
      expect((await ask("GET", url, origin)).headers["access-control-allow-origin"]).toBeUndefined();
    }
  },
);

it("takes origins alone in the configuration", () => {
  const origins = (value: string) => loadConfig({ STUDIO_ALLOWED_ORIGINS: value }).allowedOrigins;
  expect(origins("https://A.example/, http://b.example:80")).toEqual(["https://a.example", "http://b.example"]);
  for (const wrong of ["*", "a.example", "https://a.example/app", "null"])
    expect(() => origins(wrong)).toThrow(/STUDIO_ALLOWED_ORIGINS.*must be origins/);
});
