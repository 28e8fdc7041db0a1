import { expect, test } from "vitest";
import { StudioError } from "../../domain/errors.ts";
import { createEngine } from "./client.ts";

// The page itself takes WebAssembly where WebGPU is imitated, as here.
const engine = createEngine(true);

test("the engine in its worker computes right on WebGPU while the page keeps its turn", async () => {
  expect(await engine.probe()).toMatchObject({ backend: "webgpu" });
  let longest = 0;
  let last = performance.now();
  const timer = setInterval(() => {
    longest = Math.max(longest, performance.now() - last);
    last = performance.now();
  }, 10);
  const report = await engine.selfTest();
  clearInterval(timer);
  expect(report).toMatchObject({ passed: true });
  // The test alone takes longer than this, so work on the page's thread would show.
  expect(longest).toBeLessThan(report.seconds * 1000 * 0.5);
});

test("errors cross from the worker with code, message and hint", async () => {
  const failure = await engine.embed(["a"], "query", "baseline").catch((thrown: unknown) => thrown);
  expect(failure).toBeInstanceOf(StudioError);
  expect(failure).toMatchObject({ code: "base-missing", hint: expect.stringContaining("base") as string });
  const missing = await engine
    .loadBase({ source: "bundled", name: "no-such-base" }, () => undefined)
    .catch((thrown: unknown) => thrown);
  expect(missing).toMatchObject({ code: "model-file-missing" });
});
