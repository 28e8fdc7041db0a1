import { createServer } from "node:net";
import { afterEach, expect, it } from "vitest";
import { loadConfig } from "./config.ts";
import { start, type RunningServer } from "./main.ts";
import { temporaryStudio } from "./testing.ts";

const running: RunningServer[] = [];
const cleanUps: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const server of running.splice(0)) await server.stop();
  for (const clean of cleanUps.splice(0)) await clean();
});

const run = async (environment: Record<string, string>, port?: number) => {
  const { root, remove } = await temporaryStudio();
  cleanUps.push(remove);
  const config = loadConfig({ LOG_LEVEL: "silent", ...environment }, root);
  if (port !== undefined) config.port = port;
  const server = await start(config);
  running.push(server);
  return server;
};

const occupy = async (): Promise<number> => {
  const blocker = createServer();
  await new Promise<void>((resolve) => blocker.listen(0, "127.0.0.1", resolve));
  cleanUps.push(() => new Promise((resolve) => blocker.close(() => resolve())));
  const address = blocker.address();
  return typeof address === "object" && address ? address.port : 0;
};

it("answers at the address it prints", async () => {
  const { url } = await run({ PORT: "0" });
  expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
  expect(await (await fetch(`${url}/health`)).json()).toMatchObject({ status: "ok", tokenRequired: false });
  // Rooms such as the embedder get ready after the server listens.
  await expect
    .poll(async () => (await fetch(`${url}/ready`)).json(), { timeout: 60_000, interval: 200 })
    .toEqual({ ready: true, waitingFor: [] });
});

it("takes the next port when PORT is not given, and says so when it is", async () => {
  const port = await occupy();
  const server = await run({}, port);
  expect(Number(new URL(server.url).port)).toBeGreaterThan(port);
  await expect(run({ PORT: String(port) })).rejects.toMatchObject({
    code: "port-in-use",
    message: `Port ${port} is taken by another program.`,
  });
});

it("finishes a running request before it stops, and gives its folders free", async () => {
  const server = await run({ PORT: "0" });
  let release = () => {};
  const held = new Promise<void>((resolve) => (release = resolve));
  server.services.health.register("slow", async () => {
    await held;
    return { status: "ok", message: "Done." };
  });
  const answer = fetch(`${server.url}/health`);
  await new Promise((resolve) => setTimeout(resolve, 50));
  const stopped = server.stop();
  setTimeout(release, 50);
  expect((await answer).status).toBe(200);
  await stopped;
  const again = await start({ ...server.services.config });
  running.push(again);
  expect((await fetch(`${again.url}/health`)).status).toBe(200);
});
