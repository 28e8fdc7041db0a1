import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ingest } from "../testing/documents.ts";
import { post } from "../testing/server.ts";
import { testStudio } from "../testing/studio.ts";
import { trueArtifact } from "../testing/trueArtifact.ts";
import { promote, register } from "../testing/upload.ts";
import { Archon } from "./archon.ts";

interface Call {
  method: string;
  url: string;
  body: Record<string, unknown>;
}

/** An Archon server: tasks by id, made and changed; `failures` are answered with 503 first. */
let server: Server;
let calls: Call[];
let failures: number;
let removed: Set<string>;
const listen = async (): Promise<number> => {
  server = createServer((request, response) => {
    let text = "";
    request.on("data", (part) => (text += part));
    request.on("end", () => {
      if (failures > 0) {
        failures -= 1;
        return response.writeHead(503).end();
      }
      const { method, url } = request as { method: string; url: string };
      if (removed.has(url)) return response.writeHead(404).end();
      calls.push({ method, url, body: JSON.parse(text) as Call["body"] });
      const id = `task-${calls.filter((call) => call.method === "POST").length}`;
      response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify({ task: { id } }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as AddressInfo).port;
};
const silence = () => {
  server.closeAllConnections();
  return new Promise((resolve) => server.close(resolve));
};
/** The statuses that a task was given, each once in a row. */
const statuses = (task: string) =>
  calls
    .filter(({ url }) => url === `/api/tasks/${task}`)
    .map(({ body }) => body.status)
    .filter((status, i, all) => status !== all[i - 1]);

let folder: string;
let port: number;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "archon-"));
  calls = [];
  failures = 0;
  removed = new Set();
  port = await listen();
});
afterEach(async () => {
  await silence();
  rmSync(folder, { recursive: true, force: true });
});

describe("Archon's tasks", () => {
  const open = () =>
    Archon.open(
      { url: `http://127.0.0.1:${port}`, projectId: "p1" },
      { dataDir: folder, backoff: { first: 5, longest: 20 }, onDrop: () => {} },
    );

  it("are one a version, moved over failures, a restart and a removal there", async () => {
    failures = 2;
    const first = await open();
    await first.track("v1", "ab", "todo");
    await first.track("v1", "ab", "todo"); // Nothing new.
    await first.drain(3000);
    await first.close();
    const second = await open();
    expect(second.statusOf("v1")).toBe("todo");
    await second.track("v1", "ab", "review");
    await second.drain(3000);
    expect(calls[0]).toMatchObject({
      method: "POST",
      url: "/api/tasks",
      body: { project_id: "p1", title: "Model v1", feature: "embedding-model" },
    });
    expect(calls.map(({ method }) => method)).toEqual(["POST", "PUT", "PUT"]);
    expect(statuses("task-1")).toEqual(["todo", "review"]);
    removed.add("/api/tasks/task-1");
    await second.track("v1", "ab", "done");
    await second.drain(3000);
    expect(statuses("task-2")).toEqual(["done"]);
    await second.close();
    writeFileSync(join(folder, "outbox/archon-tasks.json"), "{ cut off");
    const third = await open();
    expect(third.statusOf("v1")).toBeUndefined();
    await third.close();
  });
});

it("follows a version from its registration to production and back, and neither a failing Archon nor a wrong Langfuse holds anything up", async () => {
  failures = 1;
  removed.add("/none/api/public/otel/v1/traces");
  const environment = {
    ARCHON_URL: `http://127.0.0.1:${port}`,
    ARCHON_PROJECT_ID: "p1",
    LANGFUSE_PUBLIC_KEY: "pk",
    LANGFUSE_SECRET_KEY: "sk",
    LANGFUSE_BASE_URL: `http://127.0.0.1:${port}/none`,
  };
  const studio = await testStudio(environment);
  const { app, collections } = studio;
  try {
    await ingest(app, [{ text: "The kettle boils water." }]);
    const { version } = await register(app, await trueArtifact(5));
    expect((await promote(app, version)).statusCode).toBe(200);
    await collections.settled();
    expect((await post(studio, "/api/registry/rollback")).statusCode).toBe(200);
    // All of it waited on disk until Archon was well again.
    await expect.poll(() => statuses("task-1").at(-1), { timeout: 20_000 }).toBe("review");
    const [made] = calls;
    expect(made?.body).toMatchObject({ title: `Model ${version}`, status: "todo" });
    const told = statuses("task-1");
    expect(told[0]).toBe("todo");
    expect(told.slice(1, 3)).toEqual(["doing", "review"]);
    expect((await promote(app, version)).statusCode).toBe(200);
    await expect.poll(() => statuses("task-1").at(-1), { timeout: 20_000 }).toBe("done");
    expect(JSON.stringify(calls)).not.toContain("kettle");
    // What could not be delivered is counted where operators look.
    const dropped = { what: "langfuse", reason: "http-404" };
    await expect
      .poll(() => studio.lines)
      .toContainEqual(expect.objectContaining({ event: "outbox.dropped", level: "warn", ...dropped }));
    expect((await app.inject({ url: "/metrics" })).body).toMatch(
      /recall_studio_telemetry_dropped_total\{what="langfuse",reason="http-404"\} [1-9]/,
    );
    const status = (await app.inject({ url: "/api/langfuse/status" })).json<{ dropped: number }>();
    expect(status).toMatchObject({ connected: true, lastError: { code: "http-404" } });
    expect(status.dropped).toBeGreaterThan(0);
  } finally {
    await studio.stop();
  }
  // A studio that meets Archon late tells what it has.
  rmSync(join(studio.root, "data/outbox"), { recursive: true });
  const late = await testStudio(environment, { root: studio.root });
  await expect.poll(() => statuses("task-2"), { timeout: 20_000 }).toEqual(["todo", "done"]);
  await late.stop();
  rmSync(studio.root, { recursive: true, force: true });
}, 120_000);
