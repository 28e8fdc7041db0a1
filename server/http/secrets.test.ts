import { connect } from "node:net";
import { once } from "node:events";
import { afterAll, beforeAll, expect, it } from "vitest";
import { retrievalPaths } from "../../src/domain/api/index.ts";
import { jobEnd } from "../testing/documents.ts";
import { testStudio, type TestStudio } from "../testing/studio.ts";

const TOKEN = "a-token-of-24-characters";
const PLANTED = "kumquat-planted-secret";
let studio: TestStudio;
beforeAll(async () => {
  studio = await testStudio({ LOG_LEVEL: "trace", STUDIO_TOKEN: TOKEN });
}, 60_000);
afterAll(() => studio.close());

const secretHeaders = {
  cookie: `session=${PLANTED}`,
  "set-cookie": `a=${PLANTED}`,
  "x-api-key": PLANTED,
  "api-key": PLANTED,
  "x-auth-token": PLANTED,
  "proxy-authorization": `Basic ${PLANTED}`,
  "x-forwarded-access-token": PLANTED,
  "cf-access-jwt-assertion": PLANTED,
};
const form = [
  '--b\r\ncontent-disposition: form-data; name="files"; filename="a.txt"\r\ncontent-type: text/plain\r\n\r\nA text.\r\n--b--\r\n',
  '--b\r\ncontent-disposition: form-data; name="files"; filename="a.txt"\r\n\r\nbroken',
];
const bodies = [
  ...form.map((payload) => ({ payload, type: "multipart/form-data; boundary=b" })),
  { payload: '{"text": "a"}\n', type: "application/x-ndjson" },
  { payload: "{ no json", type: "application/json" },
  { payload: "{}", type: "application/json" },
  { payload: "x", type: "application/octet-stream" },
];
/** What must stand in no line, in any writing. */
const expectNoSecret = () => {
  const text = JSON.stringify(studio.lines);
  for (const secret of [TOKEN, PLANTED]) {
    expect(text).not.toContain(secret);
    expect(text).not.toContain(Buffer.from(secret).toString("base64").slice(0, -4));
    expect(text).not.toContain(JSON.stringify([...Buffer.from(secret)]).slice(1, -1));
  }
};

it("logs no secret of any request at any level, whatever the route and the outcome", async () => {
  const { app, lines } = studio;
  const { paths } = (await app.inject({ url: "/docs/json" })).json<{ paths: Record<string, object> }>();
  const described = Object.entries(paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => ({ path, method: method.toUpperCase() })),
  );
  const others = [
    "/mcp",
    "/docs/",
    "/",
    "/train",
    "/nowhere",
    "/assets/x.js",
    "/v1/models/a/b",
    "/x/resolve/x/x",
    "/api/models/x",
  ].flatMap((path) => ["GET", "DELETE"].map((method) => ({ path, method })));
  expect(described.length).toBeGreaterThan(45);
  const statuses = new Set<number>();
  for (const { path, method } of [...described, ...others]) {
    const url = path.replace(/\{[^}]+\}/g, "x");
    for (const authorization of [`Bearer ${TOKEN}`, `Bearer ${PLANTED}`, PLANTED])
      for (const { payload, type } of ["GET", "HEAD"].includes(method) ? [{ payload: undefined, type: "" }] : bodies) {
        const headers = { ...secretHeaders, authorization, ...(type && { "content-type": type }) };
        const { statusCode } = await app.inject({ method: method as "GET", url, headers, payload });
        statuses.add(statusCode);
      }
  }
  for (const status of [200, 202, 400, 401, 404, 405, 415]) expect([...statuses]).toContain(status);
  // The libraries do log headers at trace, so the lines below are not empty for want of them.
  expect(lines.some(({ msg, level }) => level === "trace" && msg === "Providing options to busboy")).toBe(true);
  expect(JSON.stringify(lines)).toContain("[redacted]");
  expectNoSecret();
}, 60_000);

it("logs none of a request that is no HTTP, of work in the background, nor of an error's properties", async () => {
  const { app, log } = studio;
  const port = Number(new URL(await app.listen({ port: 0, host: "127.0.0.1" })).port);
  const seen = studio.lines.length;
  for (const rest of ["Bad Header\r\n\r\n", `Content-Length: x\r\n\r\n`, `X: ${"y".repeat(20_000)}\r\n\r\n`]) {
    const socket = connect(port, "127.0.0.1");
    socket.resume();
    socket.end(
      `GET /x HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${TOKEN}\r\nCookie: a=${PLANTED}\r\n${rest}`,
    );
    await once(socket, "close");
  }
  expect(studio.lines.slice(seen).some(({ msg }) => msg === "client error")).toBe(true);
  const payload = { documents: [{ id: "a", text: "A text." }] };
  const headers = { ...secretHeaders, authorization: `Bearer ${TOKEN}` };
  const sent = await app.inject({ method: "POST", url: retrievalPaths.ingest, headers, payload });
  expect((await jobEnd(app, sent.json<{ job: { id: string } }>().job.id)).state).toBe("succeeded");
  const failure = Object.assign(new Error(`x-api-key: ${PLANTED}`), { config: { headers: { authorization: TOKEN } } });
  log.error({ err: failure, error: failure, request: failure.config }, "a call to another server failed");
  expectNoSecret();
});
