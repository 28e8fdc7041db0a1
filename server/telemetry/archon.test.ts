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

/**
 * A server as Archon v1 answers: a task is made as `todo` whatever was asked for, 400 to a new one and 500 to a change while
 * the database is away, DELETE archives; later releases have none of these routes.
 */
let server: Server;
let calls: Call[];
let tasks: Map<string, { status: unknown; archived: boolean }>;
let release: "v1" | "later" | "database-away";
/** Requests for tasks answered with 404 or in trouble. */
let refusals: number;
const listen = async (): Promise<number> => {
  server = createServer((request, response) => {
    let text = "";
    request.on("data", (part) => (text += part));
    request.on("end", () => {
      const { method, url } = request as { method: string; url: string };
      const answer = (status: number, body: object = {}) =>
        response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
      if (!url.startsWith("/api/tasks")) return answer(404);
      if (release !== "v1") {
        refusals += 1;
        if (release === "later") return answer(404, { error: "Not Found" });
        return answer(method === "POST" ? 400 : 500, { detail: { error: "Error creating task: connection refused" } });
      }
      const id = url.split("/")[3];
      const known = id === undefined ? undefined : tasks.get(id);
      if (method === "DELETE" && known) {
        known.archived = true;
        return answer(200);
      }
      const body = JSON.parse(text) as Call["body"];
      if (method === "PUT" && !known) return answer(404, { detail: `Task with ID ${id} not found` });
      calls.push({ method, url, body });
      if (known) {
        known.status = body.status;
        return answer(200, { task: { id, ...known } });
      }
      const made = `task-${tasks.size + 1}`;
      tasks.set(made, { status: "todo", archived: false });
      answer(200, { message: "Task created successfully", task: { id: made, status: "todo" } });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as AddressInfo).port;
};
const silence = () => {
  server.closeAllConnections();
  return new Promise((resolve) => server.close(resolve));
};
/** The statuses that a task had, each once in a row. */
const statuses = (task: string) =>
  calls
    .filter(({ method, url }, i) =>
      method === "POST"
        ? calls.slice(0, i + 1).filter((call) => call.method === "POST").length === Number(task.split("-")[1])
        : url === `/api/tasks/${task}`,
    )
    .map(({ method, body }) => (method === "POST" ? "todo" : body.status))
    .filter((status, i, all) => status !== all[i - 1]);

let folder: string;
let port: number;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "archon-"));
  calls = [];
  tasks = new Map();
  release = "v1";
  refusals = 0;
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

  it("are one a version, moved over a restart, and made anew when they are gone there", async () => {
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
    expect(calls.map(({ method }) => method)).toEqual(["POST", "PUT"]);
    expect(statuses("task-1")).toEqual(["todo", "review"]);
    // Deleting only archives: the task takes changes as before, and no second one is made.
    await fetch(`http://127.0.0.1:${port}/api/tasks/task-1`, { method: "DELETE" });
    await second.track("v1", "ab", "done");
    await second.drain(3000);
    expect([...tasks]).toEqual([["task-1", { status: "done", archived: true }]]);
    // With its project it is really gone.
    tasks.set("task-0", { status: "todo", archived: false });
    tasks.delete("task-1");
    await second.track("v1", "ab", "review");
    await second.drain(3000);
    expect(tasks.get("task-2")).toEqual({ status: "review", archived: false });
    await second.close();
    writeFileSync(join(folder, "outbox/archon-tasks.json"), "{ cut off");
    const third = await open();
    expect(third.statusOf("v1")).toBeUndefined();
    await third.close();
  });

  it("wait while Archon's database is away (400 to a new task, 500 to a change), and none is dropped", async () => {
    const archon = await open();
    release = "database-away";
    await archon.track("v1", "ab", "todo");
    await archon.track("v2", "cd", "todo");
    await expect.poll(() => refusals).toBeGreaterThan(3);
    expect(archon.health()).toEqual({ status: "ok", message: expect.stringContaining("http-400") });
    release = "v1";
    await archon.drain(3000);
    release = "database-away";
    await archon.track("v1", "ab", "review");
    await expect.poll(() => archon.status().lastError?.code).toBe("http-500");
    release = "v1";
    await archon.drain(3000);
    expect([...tasks.values()].map(({ status }) => status)).toEqual(["review", "todo"]);
    expect(archon.status()).toEqual({ queued: 0, delivered: 3, dropped: 0, lastError: null });
    expect(archon.health()).toMatchObject({ status: "ok", message: "Archon is told of every version." });
    await archon.close();
  });

  it("are named as missing where the server has none, kept, and made once it is the right one", async () => {
    release = "later";
    const archon = await open();
    await archon.track("v1", "ab", "review");
    await expect.poll(() => refusals).toBeGreaterThan(2);
    expect(archon.health()).toMatchObject({
      status: "degraded",
      message: expect.stringMatching(/no \/api\/tasks.*archive\/v1-task-management-rag.* 1 changes wait/),
    });
    expect(archon.status()).toMatchObject({ queued: 1, dropped: 0 });
    release = "v1";
    await archon.drain(3000);
    expect([...tasks.values()]).toEqual([{ status: "review", archived: false }]);
    await archon.close();
  });

  it("are told again after a start when they were noted and never made", async () => {
    const first = await open();
    await silence(); // Nothing that is still on its way can make a task.
    await first.track("v1", "ab", "review");
    await first.close();
    rmSync(join(folder, "outbox/archon"), { recursive: true }); // As a full queue or disk leaves it.
    port = await listen();
    const second = await open();
    expect(second.statusOf("v1")).toBeUndefined();
    await second.track("v1", "ab", "review");
    await second.drain(3000);
    expect([...tasks.values()]).toEqual([{ status: "review", archived: false }]);
    await second.close();
  });
});

it("follows a version from its registration to production and back, and neither a failing Archon nor a wrong Langfuse holds anything up", async () => {
  release = "later";
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
    const health = (await app.inject({ url: "/health" })).json<{ checks: Record<string, { status: string }> }>();
    expect(health.checks.archon?.status).toBe("degraded");
    // All of it waited on disk until Archon was the right one.
    release = "v1";
    await expect.poll(() => statuses("task-1").at(-1), { timeout: 20_000 }).toBe("review");
    const [made] = calls;
    expect(made?.body).toMatchObject({ title: `Model ${version}` });
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
