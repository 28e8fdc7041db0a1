import { existsSync } from "node:fs";
import { createServer, type AddressInfo, type Server } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { loadConfig } from "./config/config.ts";
import { start, type RunningServer } from "./main.ts";
import { temporaryStudio } from "./testing/folder.ts";
import { emptyStore } from "./testing/databases.ts";

let studio: Awaited<ReturnType<typeof temporaryStudio>>;
let server: RunningServer;
/** Another program on the first port that is tried. */
let blocker: Server;
let taken: number;
beforeAll(async () => {
  studio = await temporaryStudio();
  await emptyStore(join(studio.root, "data/vectors"));
  blocker = createServer();
  await new Promise<void>((resolve) => blocker.listen(0, "127.0.0.1", resolve));
  taken = (blocker.address() as AddressInfo).port;
  server = await start({ ...loadConfig({ LOG_LEVEL: "silent" }, studio.root), port: taken });
}, 60_000);
afterAll(async () => {
  await server.stop();
  await new Promise((resolve) => blocker.close(resolve));
  await studio.remove();
});

it("answers at the address it prints: the next free port when PORT is not given", async () => {
  expect(server.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
  expect(Number(new URL(server.url).port)).toBeGreaterThan(taken);
  expect(await (await fetch(`${server.url}/health`)).json()).toMatchObject({ status: "ok", tokenRequired: false });
  // Rooms such as the embedder get ready after the server listens.
  await expect
    .poll(async () => (await fetch(`${server.url}/ready`)).json(), { timeout: 60_000, interval: 100 })
    .toEqual({ ready: true, waitingFor: [] });
});

it("finishes a running request before it stops, and gives its folders free", async () => {
  let release = () => {};
  const held = new Promise<void>((resolve) => (release = resolve));
  server.studio.health.register("slow", async () => {
    await held;
    return { status: "ok", message: "Done." };
  });
  const answer = fetch(`${server.url}/health`);
  await new Promise((resolve) => setTimeout(resolve, 50));
  const stopped = server.stop();
  setTimeout(release, 50);
  expect((await answer).status).toBe(200);
  const answered = performance.now();
  await stopped;
  // Not only when the time for running requests is over.
  expect(performance.now() - answered).toBeLessThan(8000);

  // Had a folder been held, it would say so before it looks for a port.
  const config = loadConfig({ LOG_LEVEL: "silent", PORT: String(taken) }, studio.root);
  await expect(start(config)).rejects.toMatchObject({
    code: "port-in-use",
    message: `Port ${taken} is taken by another program.`,
  });
  for (const folder of ["data/vectors", "models/fine_tuned"])
    expect([folder, existsSync(join(studio.root, folder, ".lock"))]).toEqual([folder, false]);
});
