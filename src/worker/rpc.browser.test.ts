import { expect, test } from "vitest";
import { StudioError } from "../domain/errors.ts";
import { connect, handOver, serve } from "./rpc.ts";
import type { ProjectionService } from "./projection/protocol.ts";

const broken = () => new StudioError("broken", "It stopped.", "Try again.");
const projectionWorker = () =>
  new Worker(new URL("./projection/host/projection.worker.ts", import.meta.url), { type: "module" });
const script = (source: string) => () =>
  new Worker(URL.createObjectURL(new Blob([source], { type: "text/javascript" })));
const points = (count: number) => Float32Array.from({ length: count * 8 }, (_, i) => Math.sin(i * i));
const never = new AbortController().signal;

test.each([
  ["cannot load", "throw new Error('broken')"],
  ["fails outside of any call", "setTimeout(() => { throw new Error('broken'); }, 50)"],
])("a worker that %s is named, and the next call has a fresh one", async (_, source) => {
  const workers = [script(source), projectionWorker];
  const client = connect<ProjectionService>(() => workers.shift()!(), { broken });
  await expect(client.project(points(20), 8, "pca", never)).rejects.toMatchObject({ code: "broken" });
  expect(await client.project(points(20), 8, "pca", never)).toHaveLength(40);
  client.close();
});

test("a real worker is given buffers, and gives back its own", async () => {
  const client = connect<ProjectionService>(projectionWorker, { broken });
  const given = points(50);
  const places = await client.project(handOver(given), 8, "pca", never);
  expect(given.byteLength).toBe(0);
  expect(places).toHaveLength(100);
  client.close();
});

test("an abort ends a worker that computes without a pause, at once", async () => {
  const client = connect<ProjectionService>(projectionWorker, { broken, grace: 0 });
  await client.project(points(20), 8, "pca", never);
  const stop = new AbortController();
  const start = performance.now();
  // UMAP of so many points takes many seconds.
  const drawing = expect(client.project(points(20_000), 8, "umap", stop.signal)).rejects.toMatchObject({
    code: "aborted",
  });
  setTimeout(() => stop.abort(), 50);
  await drawing;
  expect(performance.now() - start).toBeLessThan(2_000);
  client.close();
});

test("a callback that fails is the page's own error, not the call's", async () => {
  const { port1, port2 } = new MessageChannel();
  const work = async (report: (n: number) => void) => {
    report(1);
    report(2);
    return "done";
  };
  serve({ work }, port2);
  const worker = Object.assign(port1, { terminate: () => port1.close() }) as unknown as Worker;
  const client = connect<{ work: typeof work }>(() => worker, { broken });
  const told: string[] = [];
  const listen = (event: ErrorEvent) => {
    event.preventDefault();
    event.stopImmediatePropagation();
    told.push(event.message);
  };
  addEventListener("error", listen, { capture: true });
  const seen: number[] = [];
  const call = client.work((n) => {
    seen.push(n);
    if (n === 1) throw new Error("a listener failed");
  });
  expect(await call).toBe("done");
  removeEventListener("error", listen, { capture: true });
  expect(seen).toEqual([1, 2]);
  expect(told).toEqual([expect.stringContaining("a listener failed")]);
  client.close();
});
